"""Trace a plan's model to StableHLO, at one point or several, without its weights."""
