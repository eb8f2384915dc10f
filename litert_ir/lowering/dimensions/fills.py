"""Values for the inputs at which a model is tried: ones and zeros, or those of a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Fill = Callable[[Sequence[tuple[int, ...]], Sequence[str]], list[Array]]
"""Gives flat inputs of some shapes and dtypes."""

_SEED = 3


def constant(integer: int) -> Fill:
    """Integers that are all this one, ones elsewhere."""

    def fill(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> list[Array]:
        return [
            np.full(shape, integer if "int" in dtype else 1)
            for shape, dtype in zip(shapes, dtypes, strict=True)
        ]

    return fill


def like(sample: Sequence[Array]) -> Fill:
    """The values of a sample, in their order: the same again where more are needed."""

    def fill(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> list[Array]:
        del dtypes
        return [np.resize(array, shape) for array, shape in zip(sample, shapes, strict=True)]

    return fill


def random_values(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> list[Array]:
    """Seeded: integers of 0 and 1, floats of a standard normal distribution."""
    rng = np.random.default_rng(_SEED)
    return [
        rng.integers(0, 2, shape) if "int" in dtype else rng.standard_normal(shape)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
