"""Benchmarks: exporting Keras models with litert_ir, next to Keras' own LiteRT exporter."""
