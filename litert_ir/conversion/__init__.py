"""Convert a plan and its model to a LiteRT file: strategies, and the driver that tries them."""
