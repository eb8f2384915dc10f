"""Describe LiteRT files: what is in them, what differs between two, what runs where."""
