"""Quantize a float LiteRT file of any origin."""
