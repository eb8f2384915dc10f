"""The three strategies that call TensorFlow's converter, and what only they use."""
