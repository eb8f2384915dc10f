"""Find names, ties and bounds of the dynamic dimensions of a model's inputs by trying sizes."""
