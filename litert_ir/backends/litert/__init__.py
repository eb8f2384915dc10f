"""LiteRT's own Python packages: schema, quantizer, compilers, runtimes."""
