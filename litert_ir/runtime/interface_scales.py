"""What the integers of a file's inputs and outputs stand for."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@attrs.frozen
class InterfaceScale:
    """How an input or output stores real values.

    Attributes:
        scale: What one step stands for; 0 where the values are stored as they are.
        zero_point: The integer that stands for 0.
        dtype: The element type, by numpy name.
    """

    scale: float
    zero_point: int
    dtype: str

    @classmethod
    def of(cls, details: dict[str, Any]) -> InterfaceScale:
        """That of an entry of the interpreter's details."""
        scale, zero_point = details["quantization"]
        return cls(scale, zero_point, np.dtype(details["dtype"]).name)

    def quantize(self, values: Array) -> Array:
        """Real values as integers; floats stay as they are."""
        dtype = np.dtype(self.dtype)
        if not self.scale or not np.issubdtype(dtype, np.integer):
            return values
        limits = np.iinfo(dtype)
        steps = np.round(values / self.scale) + self.zero_point
        return np.asarray(np.clip(steps, limits.min, limits.max), dtype=dtype)

    def dequantize(self, values: Array) -> Array:
        """The real values that integers stand for; floats stay as they are."""
        if not self.scale or not np.issubdtype(values.dtype, np.integer):
            return values
        return np.asarray((values.astype(np.float32) - self.zero_point) * self.scale, np.float32)
