"""Run a LiteRT file by the names of its inputs, where it cannot harm this process; describe it."""
