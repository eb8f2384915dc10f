"""Copy arrays into row-major order, fast for transposes too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_CACHE_LINE_BYTES = 64
_COLUMNS = 16
"""The most lines of the source that stay in the nearest cache, whatever their distance.

Measured on transposes of float32: 1.3 GB/s and more, where numpy's own copy of whole rows has
0.2 GB/s if the distance is a power of two.
"""

_ELEMENTS = 4096
"""The elements to copy at once where columns are short, so that Python's share stays small."""


def row_major(array: Array) -> Array:
    """The array itself if its elements are in row-major order, or a copy in which they are."""
    if array.flags.c_contiguous:
        return array
    if array.ndim < 2 or abs(array.strides[-1]) < _CACHE_LINE_BYTES:
        return np.ascontiguousarray(array)
    copy = np.empty(array.shape, array.dtype)
    width = max(_COLUMNS, _ELEMENTS * array.shape[-1] // max(array.size, 1))
    for start in range(0, array.shape[-1], width):
        columns = slice(start, start + width)
        copy[..., columns] = array[..., columns]
    return copy
