"""Run a LiteRT file by input name, compare it with its model, describe it."""
