"""Patterns for gathers, scatters, sorting, and positions that are computed."""
