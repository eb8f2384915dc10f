"""Measure the distance of results from a reference: errors, cosine similarity, top-1 agreement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Pairs = Sequence[tuple[Array, Array]]
"""The expected and the received array, of one shape, for each case."""


def abs_errors(reference: Array, result: Array) -> NDArray[np.float64]:
    """Compute the magnitude of each element's difference.

    Infinities and NaN at the same position in both are equal; where only one has them the error is
    infinite.
    """
    wide = np.complex128 if np.iscomplexobj(reference) else np.float64
    ours, theirs = result.astype(wide), reference.astype(wide)
    with np.errstate(invalid="ignore"):
        errors = np.asarray(np.abs(ours - theirs))
    odd = ~np.isfinite(errors)
    if odd.any():
        equal = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        errors[odd] = np.where(equal[odd], 0.0, np.inf)
    return errors


def error_summary(pairs: Pairs) -> tuple[float, float]:
    """Compute the largest and the mean difference over all elements; 0 where there are none."""
    largest, total = 0.0, 0.0
    for pair in pairs:
        errors = abs_errors(*pair)
        largest = max(largest, float(errors.max(initial=0.0)))
        total += float(errors.sum())
    return largest, total / max(1, sum(reference.size for reference, _ in pairs))


def rms_error(pairs: Pairs) -> float:
    """Compute the root of the mean squared difference over all elements; 0 where there are none."""
    total = sum(float(np.square(abs_errors(*pair)).sum()) for pair in pairs)
    return math.sqrt(total / max(1, sum(reference.size for reference, _ in pairs)))


def cosine_similarity(pairs: Pairs) -> float:
    """Compute the cosine of the angle between all values of all cases, each side as one vector.

    A complex number counts as two real ones.

    Returns:
        From -1 to 1; exactly 1 for equal values. 1 where both sides are all zero, or empty, and
        0 where only one is. Positions where both have the same infinity, or NaN, are left out;
        0 where only one side has one somewhere.
    """
    if not all(_alike_where_not_finite(*pair) for pair in pairs):
        return 0.0
    theirs, ours = (_length(side) for side in zip(*pairs, strict=True)) if pairs else (0.0, 0.0)
    if not theirs or not ours:
        return 1.0 if theirs == ours else 0.0
    # |u - v|^2 = 2 - 2 u.v for unit vectors, which has no rounding where u and v are equal.
    distance = sum(
        float(np.square(_reals(result) / ours - _reals(reference) / theirs).sum())
        for reference, result in pairs
    )
    return max(-1.0, 1.0 - distance / 2)


def _alike_where_not_finite(reference: Array, result: Array) -> bool:
    odd = ~(np.isfinite(reference) & np.isfinite(result))
    if not odd.any():
        return True
    return np.array_equal(reference[odd], result[odd], equal_nan=True)


def _reals(values: Array) -> NDArray[np.float64]:
    """Flatten the finite numbers into a vector of real ones."""
    known = np.isfinite(values)
    finite = values.reshape(-1) if known.all() else values[known]
    if np.iscomplexobj(finite):
        return finite.astype(np.complex128).view(np.float64)
    return finite.astype(np.float64)


def _length(side: Sequence[Array]) -> float:
    """Compute the norm of one vector of all values, scaled to avoid overflow and underflow."""
    largest = max(float(np.abs(_reals(values)).max(initial=0.0)) for values in side)
    if largest == 0.0:
        return 0.0
    return largest * float(
        np.sqrt(sum(np.square(_reals(values) / largest).sum() for values in side))
    )


def is_classifier(dtype: Any, sizes: Sequence[int | None]) -> bool:
    """Return whether an output is taken for the scores of classes, one row per sample.

    Such an output has floats, two dimensions, and at least two columns or an unknown number of
    them. Embeddings look the same; their top-1 agreement says little.
    """
    return (
        np.issubdtype(np.dtype(dtype), np.floating)
        and len(sizes) == 2
        and (sizes[1] is None or sizes[1] >= 2)
    )


def top1_agreement(pairs: Pairs) -> float | None:
    """Compute the share of rows whose first class is the same; see `is_classifier`.

    Where several classes of the result tie, the lowest index counts, as in an argmax on the device.
    The row agrees where the reference has its largest value at that index, alone or in a tie. A row
    with NaN never agrees.

    Returns:
        None where the outputs are no classifier's, or have no rows.
    """
    rows = [(reference, result) for reference, result in pairs if is_classifier_array(reference)]
    count = sum(len(reference) for reference, _ in rows)
    if not count or len(rows) < len(pairs):
        return None
    return sum(_agreeing(*pair) for pair in rows) / count


def is_classifier_array(values: Array) -> bool:
    """Return whether values are those of a classifier; see `is_classifier`."""
    return is_classifier(values.dtype, values.shape)


def _agreeing(reference: Array, result: Array) -> int:
    if not len(reference):
        return 0
    chosen = np.take_along_axis(reference, result.argmax(axis=1)[:, None], axis=1)[:, 0]
    return int(np.count_nonzero(chosen == reference.max(axis=1)))
