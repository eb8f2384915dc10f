"""Compile ahead of time: the targets, their requirements, and the compilation."""
