"""The groups that options stand in where a command's help lists them, in their order."""

from __future__ import annotations

from cyclopts import Group

FILE = Group("File", sort_key=1)
MODEL = Group("Model", sort_key=2)
QUANTIZATION = Group("Quantization", sort_key=3)
CALIBRATION = Group("Calibration", sort_key=4)
COMPARISON = Group("Comparison", sort_key=5)
METADATA = Group("Metadata", sort_key=6)
CONVERSION = Group("Conversion", sort_key=7)
REPORT = Group("Report", sort_key=8)
