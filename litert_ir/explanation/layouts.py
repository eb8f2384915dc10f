"""Bring a file's values into the layout of a layer's result."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.verification.metrics import abs_errors

Array = NDArray[Any]
Axes = tuple[int, ...] | None
"""A transposition, or None for none."""

_MOST_AXES = 5
_ALIKE = 0.1
"""The relative error up to which a transposition shows that it is the right one."""


def relative_error(reference: Array, values: Array) -> float:
    """Compute the root of the mean squared error over that of the mean squared reference.

    Integers and booleans count as equal or not: the result is the share that differs.
    """
    if not np.issubdtype(reference.dtype, np.inexact):
        return float(np.mean(reference != values)) if reference.size else 0.0
    errors, size = sums_of_squares(reference, values)
    if errors == 0:
        return 0.0
    return math.sqrt(errors / size) if size else math.inf


def sums_of_squares(reference: Array, values: Array) -> tuple[float, float]:
    """Sum the squares of the errors, and those of the finite values of the reference."""
    errors = float(np.square(abs_errors(reference, values)).sum())
    finite = reference[np.isfinite(reference)].astype(np.float64)
    return errors, float(np.square(finite).sum())


def in_layout(values: Array, shape: tuple[int, ...], axes: Axes) -> Array | None:
    """Transpose and reshape a file's values to a layer's shape; None where they do not fit."""
    if values.size != math.prod(shape):
        return None
    if axes is not None:
        return values.transpose(axes) if len(axes) == values.ndim else None
    return values.reshape(shape)


def best_layout(reference: Array, values: Array) -> tuple[float, Axes] | None:
    """Choose the layout in which a file's values come nearest to a layer's result.

    The values in their own order count, unless these are far off and a transposition is near.

    Returns:
        The relative error and the transposition; None where the numbers of elements differ.
    """
    plain = in_layout(values, reference.shape, None)
    if plain is None:
        return None
    error = relative_error(reference, plain)
    others = _transpositions(values.shape, reference.shape) if error > _ALIKE else iter(())
    found = ((relative_error(reference, values.transpose(axes)), axes) for axes in others)
    best = min(found, default=None, key=lambda each: each[0])
    return (error, None) if best is None or best[0] > _ALIKE else best


def _transpositions(shape: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(shape) != len(wanted) or len(shape) > _MOST_AXES or sorted(shape) != sorted(wanted):
        return
    straight = tuple(range(len(shape)))
    for axes in itertools.permutations(straight):
        if axes != straight and tuple(shape[axis] for axis in axes) == wanted:
            yield axes
