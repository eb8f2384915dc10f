"""Draw seeded values that follow the patterns of a task's inputs, such as padding masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.ir.task import Pattern

Array = NDArray[Any]
Shape = Sequence[int]


def patterned(rng: np.random.Generator, pattern: Pattern, shape: Shape, extent: int) -> Array:
    """Draw values of a pattern.

    Args:
        rng: The random generator.
        pattern: The relation between the values.
        shape: The shape of the input; the first axis is the batch.
        extent: The exclusive bound of positions, or the largest coordinate in pixels.
    """
    return _PATTERNS[pattern](rng, shape, extent)


def _leading_ones(rng: np.random.Generator, shape: Shape, _: int) -> Array:
    """Draw masks of texts that fill at least half of their length."""
    length = shape[-1]
    filled = rng.integers((length + 1) // 2, length + 1, (*shape[:-1], 1))
    return np.asarray(np.arange(length) < np.maximum(filled, 1))


def _increasing(rng: np.random.Generator, shape: Shape, extent: int) -> Array:
    *rows, count = shape
    repeats = count > extent  # more positions than distinct values
    chosen = [rng.choice(extent, count, replace=repeats) for _ in range(int(np.prod(rows)))]
    return np.sort(np.reshape(chosen, shape), axis=-1)


def _labels(rng: np.random.Generator, shape: Shape, _: int) -> Array:
    return rng.integers(0, 2, shape)


def _coordinates(rng: np.random.Generator, shape: Shape, extent: int) -> Array:
    return rng.uniform(0, extent, shape)


def _corners(rng: np.random.Generator, shape: Shape, extent: int) -> Array:
    return np.sort(rng.uniform(0, extent, shape), axis=-2)


def _boxes_of_rows(rng: np.random.Generator, shape: Shape, _: int) -> Array:
    """Draw boxes whose sides are at least a tenth of the image's."""
    batch, count, _ = shape
    size = rng.uniform(0.1, 0.6, (batch, count, 2))
    centre = rng.uniform(size / 2, 1 - size / 2)
    rows = np.broadcast_to(np.arange(batch)[:, None, None], (batch, count, 1))
    return np.concatenate([rows, centre, size], axis=-1)


_PATTERNS: Mapping[Pattern, Callable[[np.random.Generator, Shape, int], Array]] = {
    Pattern.LEADING_ONES: _leading_ones,
    Pattern.INCREASING: _increasing,
    Pattern.LABELS: _labels,
    Pattern.COORDINATES: _coordinates,
    Pattern.CORNERS: _corners,
    Pattern.BOXES_OF_ROWS: _boxes_of_rows,
}
