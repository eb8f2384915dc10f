"""Weights as expressions over the variables: built, simplified, evaluated in slabs."""
