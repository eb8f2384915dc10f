"""Ahead-of-time compilation: what can be compiled for, what that needs, and doing it."""
