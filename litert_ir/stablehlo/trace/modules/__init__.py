"""Edits of modules in TensorFlow's dialect, before TensorFlow lowers them."""
