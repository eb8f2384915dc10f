"""Quantized exports: what each recipe costs and gives, next to Keras' own exporter."""
