"""TensorFlow's operations that masks compare positions with."""

from __future__ import annotations

DIRECTIONS = {
    "tf.Equal": "EQ",
    "tf.Greater": "GT",
    "tf.GreaterEqual": "GE",
    "tf.Less": "LT",
    "tf.LessEqual": "LE",
    "tf.NotEqual": "NE",
}
"""TensorFlow's comparisons, and how StableHLO calls them."""

BAND = "tf.MatrixBandPart"
