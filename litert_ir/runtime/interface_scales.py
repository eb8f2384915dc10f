"""Quantize and dequantize the values of a file's inputs and outputs."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@attrs.frozen
class InterfaceScale:
    """The quantization of an input or output: scale, zero point and type.

    Attributes:
        scale: The real value of one step; 0 where the values are not quantized.
        zero_point: The integer that represents 0.
        dtype: The element type, by numpy name.
    """

    scale: float
    zero_point: int
    dtype: str

    @classmethod
    def of(cls, details: dict[str, Any]) -> InterfaceScale:
        """Read the quantization from an entry of the interpreter's details."""
        scale, zero_point = details["quantization"]
        return cls(scale, zero_point, np.dtype(details["dtype"]).name)

    def quantize(self, values: Array) -> Array:
        """Quantize real values to integers; floats stay as they are."""
        dtype = np.dtype(self.dtype)
        if not self.scale or not np.issubdtype(dtype, np.integer):
            return values
        limits = np.iinfo(dtype)
        steps = np.round(values / self.scale) + self.zero_point
        return np.asarray(np.clip(steps, limits.min, limits.max), dtype=dtype)

    def dequantize(self, values: Array) -> Array:
        """Dequantize integers to real values; floats stay as they are."""
        if not self.scale or not np.issubdtype(values.dtype, np.integer):
            return values
        return np.asarray((values.astype(np.float32) - self.zero_point) * self.scale, np.float32)
