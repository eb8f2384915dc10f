"""Keras models on any backend: their layers, variables, state, and calls for inference."""
