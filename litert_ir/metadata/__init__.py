"""Metadata of LiteRT files in TFLite's schema: written, and read."""
