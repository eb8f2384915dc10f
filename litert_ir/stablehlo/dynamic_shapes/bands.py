"""Recognize masks that compare two positions, such as the causal masks of attention."""

from __future__ import annotations

import attrs
import numpy as np

from litert_ir.stablehlo.dynamic_shapes.aligned import Array


def _bits(value: Array) -> bytes:
    return value.tobytes()


@attrs.frozen(kw_only=True)
class Band:
    """Two values, by how far the place along one axis is beyond that along another.

    A place is inside where ``low <= column - row <= high``.

    Attributes:
        row: The outer of the two axes.
        column: The inner one; the values are the same along all other axes.
        low: The least distance inside; None where there is none.
        high: The greatest distance inside; None where there is none.
        inside: The value inside, of rank 0.
        outside: The value elsewhere.
    """

    row: int
    column: int
    low: int | None
    high: int | None
    inside: Array = attrs.field(eq=_bits)
    outside: Array = attrs.field(eq=_bits)


def band_of(*arrays: Array) -> Band | None:
    """The band that a constant's values have in common; None when they have none.

    Args:
        arrays: The values in each file, of one rank and element type, with size 1 along the
            axes that they repeat themselves on.
    """
    sizes = zip(*(values.shape for values in arrays), strict=True)
    axes = [axis for axis, along in enumerate(sizes) if max(along) > 1]
    if len(axes) != 2 or not all(values.size for values in arrays):
        return None
    first, *others = [_band(values, *axes) for values in arrays]
    return first if all(other == first for other in others) else None


def _band(values: Array, row: int, column: int) -> Band | None:
    rows, columns = values.shape[row], values.shape[column]
    plane = values.reshape(rows, columns)
    bits = plane.view(f"u{plane.itemsize}")
    if not np.array_equal(bits[1:, 1:], bits[:-1, :-1]):
        return None
    profile = np.concatenate([plane[::-1, :1].ravel(), plane[0, 1:]])
    found = _limits(profile)
    if found is None:
        return None
    low, high = (None if at is None else at - (rows - 1) for at in found)
    inside, outside = (profile[at] for at in ((0, -1) if low is None else (found[0], 0)))
    return Band(
        row=row,
        column=column,
        low=low,
        high=high,
        inside=np.asarray(inside),
        outside=np.asarray(outside),
    )


def _limits(profile: Array) -> tuple[int | None, int | None] | None:
    """The first and the last index inside, of two values that change once or twice."""
    bits = profile.view(f"u{profile.itemsize}")
    match (np.flatnonzero(bits[1:] != bits[:-1]) + 1).tolist():
        case [change]:
            return (None, change - 1) if profile[0] else (change, None)
        case [begin, end] if bits[0] == bits[-1]:
            return begin, end - 1
        case _:
            return None
