"""LiteRT's MLIR as typed Python: the only code that touches its bindings and its texts."""
