"""Lower a traced module to a LiteRT file without its weights, in the child process."""
