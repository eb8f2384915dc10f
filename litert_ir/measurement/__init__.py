"""Run LiteRT files once, and time them: latency, memory, kernels and layers."""
