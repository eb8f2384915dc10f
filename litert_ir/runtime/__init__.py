"""Run a LiteRT file by the names of its inputs, isolated from this process; describe it."""
