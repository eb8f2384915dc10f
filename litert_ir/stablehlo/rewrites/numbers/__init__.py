"""Patterns for arithmetic that LiteRT has no kernel for, or a wrong one."""
