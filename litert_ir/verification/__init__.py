"""Compare a LiteRT file with its Keras model or another file: inputs, errors, tolerances."""
