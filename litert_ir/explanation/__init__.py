"""Attribute the error of a file to layers of its Keras model."""
