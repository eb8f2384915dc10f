"""Search for the recipe of the smallest or fastest file that meets thresholds."""
