"""Patterns that recognize layers: products, convolutions, pools, normalizations, activations."""
