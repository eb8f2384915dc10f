"""Temporary files and folders, which the next export removes when a killed process leaves them."""
