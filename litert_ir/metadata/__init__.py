"""The metadata of LiteRT files in TFLite's metadata schema: written, read, and files with them."""
