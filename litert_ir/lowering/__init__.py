"""Lower a Keras model to an export plan."""
