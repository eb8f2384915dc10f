"""JAX programs of models: traced, and searched for what limits a file."""
