"""Hypothesis strategies and tiny models, for the tests of this and of other projects."""
