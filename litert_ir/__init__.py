"""litert_ir: Keras 3 models to verified LiteRT files through a typed export plan."""
