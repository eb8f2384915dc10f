"""Quantize a float LiteRT file, whoever made it."""
