"""TensorFlow graphs of models: traced, run, and searched for what limits a file."""
