"""A LiteRT file from its skeleton: what goes where, written one weight at a time."""
