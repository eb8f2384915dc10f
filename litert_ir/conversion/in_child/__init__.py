"""Convert in a child process that loads the model from a file."""
