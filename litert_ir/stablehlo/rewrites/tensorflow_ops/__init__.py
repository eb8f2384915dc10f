"""Patterns that lower TensorFlow's ops, kept past TensorFlow's own lowering, to LiteRT's."""
