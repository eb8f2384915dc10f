"""Names, ties and bounds of the dynamic dimensions of a model's inputs, found by trying sizes."""
