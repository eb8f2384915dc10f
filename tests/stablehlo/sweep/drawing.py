"""What the inputs of a case are, and values for them."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@attrs.frozen(kw_only=True)
class Drawn:
    """An input: its shape without the batch, its type, and where its values lie.

    Attributes:
        shape: The sizes of a sample; None is dynamic.
        dtype: The element type.
        low: The least value; None for standard normal values.
        high: The bound of the values; not reached.
    """

    shape: tuple[int | None, ...]
    dtype: str = "float32"
    low: float | None = None
    high: float = 1.0

    def draw(self, rng: np.random.Generator, batch: int, length: int) -> Array:
        """Values for a batch, with ``length`` for dynamic sizes."""
        sizes = (batch, *(length if size is None else size for size in self.shape))
        if self.dtype == "string":
            return rng.choice(["a", "b c"], sizes)
        if self.dtype == "bool":
            return rng.integers(0, 2, sizes).astype(bool)
        if self.low is None:
            return rng.standard_normal(sizes).astype(self.dtype)
        if "int" in self.dtype:
            return rng.integers(int(self.low), int(self.high), sizes).astype(self.dtype)
        return rng.uniform(self.low, self.high, sizes).astype(self.dtype)


def floats(*shape: int | None, dtype: str = "float32") -> Drawn:
    """Standard normal values."""
    return Drawn(shape=shape, dtype=dtype)


def between(low: float, high: float, *shape: int | None, dtype: str = "float32") -> Drawn:
    """Uniform values."""
    return Drawn(shape=shape, low=low, high=high, dtype=dtype)


def integers(high: int, *shape: int | None, low: int = 0, dtype: str = "int32") -> Drawn:
    """Integers from ``low``, below ``high``."""
    return Drawn(shape=shape, low=low, high=high, dtype=dtype)


def flags(*shape: int | None) -> Drawn:
    """Booleans."""
    return Drawn(shape=shape, dtype="bool")
