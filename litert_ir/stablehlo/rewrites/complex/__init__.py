"""Patterns that compute complex numbers as pairs of real ones."""
