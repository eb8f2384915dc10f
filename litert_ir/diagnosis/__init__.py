"""Diagnose an installation: packages, strategies, targets, the machine; and try it out."""
