"""Fill the inputs at which a model is tried: with ones and zeros, or the values of a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Fill = Callable[[Sequence[tuple[int, ...]], Sequence[str]], list[Array]]
"""A function that builds flat inputs of given shapes and dtypes."""

_SEED = 3


def constant(integer: int) -> Fill:
    """Fill integers with this number, and other types with ones."""

    def fill(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> list[Array]:
        return [
            np.full(shape, integer if "int" in dtype else 1)
            for shape, dtype in zip(shapes, dtypes, strict=True)
        ]

    return fill


def like(sample: Sequence[Array]) -> Fill:
    """Fill with the values of a sample in order, repeated where more are needed."""

    def fill(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> list[Array]:
        del dtypes
        return [np.resize(array, shape) for array, shape in zip(sample, shapes, strict=True)]

    return fill


def random_values(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> list[Array]:
    """Draw seeded values: integers of 0 and 1, standard normal floats."""
    rng = np.random.default_rng(_SEED)
    return [
        rng.integers(0, 2, shape) if "int" in dtype else rng.standard_normal(shape)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
