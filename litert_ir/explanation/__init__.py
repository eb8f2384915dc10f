"""A file's departures from its Keras model, traced to the layers that cause them."""
