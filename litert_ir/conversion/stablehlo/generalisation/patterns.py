"""What a constant's values in two files say about its values for other sizes."""

from __future__ import annotations

import math

import attrs
import numpy as np

from litert_ir.conversion.stablehlo.generalisation.bands import Band, band_of
from litert_ir.conversion.stablehlo.generalisation.pairs import Array, Sizes

_ROUNDING = 2 * float(np.finfo(np.float32).eps)
_SMALLEST_INVERSE = 2.0**-20
"""From here up, float32 tells the inverses of neighboring whole numbers well apart."""


@attrs.frozen(eq=False)
class Repeated:
    """The same values again and again along the dynamic axes; ``values`` holds them once."""

    values: Array


@attrs.frozen
class Counting:
    """Whole numbers from ``start`` upwards along one axis, the same along all others."""

    axis: int
    start: int


@attrs.frozen
class Everywhere:
    """One number in all places, another one for each size.

    Attributes:
        count: The number; or its inverse, as in the 1/n of a mean.
        inverse: Whether it is the inverse.
    """

    count: Sizes
    inverse: bool = False


@attrs.frozen
class Elements:
    """A short list of whole numbers, some of which depend on the sizes."""

    elements: tuple[Sizes, ...]


@attrs.frozen
class Irregular:
    """Values that nothing extrapolates; ``reason`` says what was seen."""

    reason: str


Pattern = Repeated | Counting | Everywhere | Band | Elements | Irregular


def pattern_of(first: Array, second: Array) -> Pattern:
    """The pattern of a constant that differs between the two files.

    Args:
        first: Its values in the first file.
        second: Its values in the second file, of the same rank and element type.
    """
    if first.ndim == 1 and first.shape == second.shape and first.dtype.kind == "i":
        return Elements(tuple(zip(first.tolist(), second.tolist(), strict=True)))
    axes = [
        axis
        for axis in _differing_axes(first, second)
        if _repeats(first, axis) and _repeats(second, axis)
    ]
    once, again = _shortened(first, axes), _shortened(second, axes)
    if _same(once, again):
        return Repeated(once)
    found = _counting(once, again) or _everywhere(once, again) or _band(once, again)
    return found or _irregular(first, second)


def _differing_axes(first: Array, second: Array) -> list[int]:
    return [axis for axis in range(first.ndim) if first.shape[axis] != second.shape[axis]]


def _same(first: Array, second: Array) -> bool:
    """Whether all bits are the same: NaN is NaN, and minus zero is not zero."""
    unsigned = f"u{first.itemsize}"
    return np.array_equal(first.view(unsigned), second.view(unsigned))


def _repeats(values: Array, axis: int) -> bool:
    start = values[(slice(None),) * axis + (slice(1),)]
    return start.size > 0 and _same(np.broadcast_to(start, values.shape), values)


def _shortened(values: Array, axes: list[int]) -> Array:
    return values[tuple(slice(1 if axis in axes else None) for axis in range(values.ndim))]


def _counting(first: Array, second: Array) -> Counting | None:
    axes = _differing_axes(first, second)
    if len(axes) != 1 or first.dtype.kind not in "if":
        return None
    starts = [_start(values, axes[0]) for values in (first, second)]
    if starts[0] is None or starts[0] != starts[1]:
        return None
    return Counting(axes[0], starts[0])


def _start(values: Array, axis: int) -> int | None:
    """From where the values count along an axis; None when they do not."""
    start = _whole(values.flat[0].item()) if values.size else None
    if start is None:
        return None
    shape = [-1 if at == axis else 1 for at in range(values.ndim)]
    counted = np.arange(start, start + values.shape[axis]).reshape(shape)
    return start if np.array_equal(values, np.broadcast_to(counted, values.shape)) else None


def _everywhere(first: Array, second: Array) -> Everywhere | None:
    if first.shape != second.shape or first.dtype.kind not in "if" or not first.size:
        return None
    one, other = first.flat[0].item(), second.flat[0].item()
    if np.any(first != one) or np.any(second != other):
        return None
    counts = _whole(one), _whole(other)
    if counts[0] is not None and counts[1] is not None:
        return Everywhere((counts[0], counts[1]))
    counts = _inverted(one), _inverted(other)
    if first.dtype == np.float32 and counts[0] is not None and counts[1] is not None:
        return Everywhere((counts[0], counts[1]), inverse=True)
    return None


def _whole(number: float) -> int | None:
    return int(number) if math.isfinite(number) and number == int(number) else None


def _inverted(number: float) -> int | None:
    """The whole number that this is the inverse of, as exactly as float32 tells."""
    count = round(1 / number) if math.isfinite(number) and number > _SMALLEST_INVERSE else 0
    return count if count and abs(number * count - 1) <= _ROUNDING else None


def _band(first: Array, second: Array) -> Band | None:
    axes = [axis for axis in range(first.ndim) if _repeats(first, axis) and _repeats(second, axis)]
    return band_of(_shortened(first, axes), _shortened(second, axes))


def _irregular(first: Array, second: Array) -> Irregular:
    if first.shape == second.shape:
        return Irregular("its values differ")
    lengths = zip(first.shape, second.shape, strict=True)
    shared = tuple(slice(min(one, other)) for one, other in lengths)
    if _same(first[shared], second[shared]):
        return Irregular(
            "it is the leading part of a table or a mask, which does not tell how that goes on"
        )
    return Irregular("its values vary along a dynamic dimension")
