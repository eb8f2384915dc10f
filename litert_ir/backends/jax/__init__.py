"""JAX programs of models: traced, and analyzed for what limits a file."""
