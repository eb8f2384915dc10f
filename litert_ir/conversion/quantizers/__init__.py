"""Ways to carry out a plan's quantization, for the files of any strategy."""
