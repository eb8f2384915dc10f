"""Patterns that bring a module into one form: explicit broadcasts, folded constants."""
