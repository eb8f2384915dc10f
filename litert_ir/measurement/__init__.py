"""Time LiteRT files: latency and memory of runs, by operator."""
