"""Make one file for all sizes of the dynamic dimensions out of two files with fixed sizes."""
