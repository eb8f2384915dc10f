"""What a constant's values in two files say about its values for other sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs
import numpy as np

from litert_ir.conversion.stablehlo.generalisation.bands import Band, band_of
from litert_ir.conversion.stablehlo.generalisation.pairs import Array, Sizes

_ROUNDING = 2 * float(np.finfo(np.float32).eps)
_SMALLEST_INVERSE = 2.0**-20
"""From here up, float32 tells the inverses of neighboring whole numbers well apart."""

_FEWEST_COUNTED = 2
"""So many numbers tell a step."""
_MOST_EXACT = 1 << 24
"""Up to here float32 has all whole numbers."""


@attrs.frozen(eq=False)
class Repeated:
    """The same values again and again along the dynamic axes; ``values`` holds them once."""

    values: Array


@attrs.frozen(kw_only=True)
class Counting:
    """Whole numbers in even steps along a dynamic axis, as positions in a flattened tensor are.

    Attributes:
        axis: The axis; `start` and `step` have size 1 along it.
        start: The numbers at its beginning.
        step: How much is added from one place to the next, for each place along other axes.
    """

    axis: int
    start: RegularPattern
    step: RegularPattern


@attrs.frozen
class Everywhere:
    """One number in all places, another one for each size.

    Attributes:
        count: The number; or its inverse, as in the 1/n of a mean.
        inverse: Whether it is the inverse.
    """

    count: Sizes
    inverse: bool = False


@attrs.frozen(eq=False)
class Partly:
    """One number in some places, another one for each size, beside fixed numbers elsewhere.

    Attributes:
        places: Where the number is.
        count: The number.
        values: All numbers in the first file.
    """

    places: Array
    count: Sizes
    values: Array


@attrs.frozen
class Elements:
    """A short list of whole numbers, some of which depend on the sizes."""

    elements: tuple[Sizes, ...]


@attrs.frozen
class Irregular:
    """Values that nothing extrapolates; ``reason`` says what was seen."""

    reason: str


@attrs.frozen(kw_only=True)
class Merged:
    """What has a pattern when an axis is taken apart, as one that is batch and heads in one.

    Attributes:
        axis: The axis.
        apart: The sizes of the two axes that it is made of, the outer one first.
        pattern: With those axes in its place.
    """

    axis: int
    apart: tuple[Sizes, Sizes]
    pattern: RegularPattern


RegularPattern = Repeated | Counting | Everywhere | Partly | Band | Elements | Merged
Pattern = RegularPattern | Irregular


def pattern_of(first: Array, second: Array) -> Pattern:
    """The pattern of a constant that differs between the two files.

    Args:
        first: Its values in the first file.
        second: Its values in the second file, of the same rank and element type.
    """
    axes = [
        axis
        for axis in _differing_axes(first, second)
        if _repeats(first, axis) and _repeats(second, axis)
    ]
    once, again = _shortened(first, axes), _shortened(second, axes)
    if _same(once, again):
        return Repeated(once)
    if first.ndim == 1 and first.shape == second.shape and first.dtype.kind == "i":
        return Elements(tuple(zip(first.tolist(), second.tolist(), strict=True)))
    return (
        next(_countings(once, again), None)
        or _everywhere(once, again)
        or _partly(once, again)
        or _band(once, again)
        or next(_mergers(once, again), None)
        or _irregular(first, second)
    )


def _differing_axes(first: Array, second: Array) -> list[int]:
    return [axis for axis in range(first.ndim) if first.shape[axis] != second.shape[axis]]


def _same(first: Array, second: Array) -> bool:
    """Whether all bits are the same: NaN is NaN, and minus zero is not zero."""
    return np.array_equal(_bits(first), _bits(second))


def _bits(values: Array) -> Array:
    return values.view(f"u{values.itemsize}")


def _repeats(values: Array, axis: int) -> bool:
    start = values[(slice(None),) * axis + (slice(1),)]
    return start.size > 0 and _same(np.broadcast_to(start, values.shape), values)


def _shortened(values: Array, axes: list[int]) -> Array:
    return values[tuple(slice(1 if axis in axes else None) for axis in range(values.ndim))]


def _countings(first: Array, second: Array) -> Iterator[Counting]:
    """The ways in which two constants count along an axis."""
    for axis in _differing_axes(first, second):
        one, other = (_progression(values, axis) for values in (first, second))
        if one is not None and other is not None:
            start, step = pattern_of(one[0], other[0]), pattern_of(one[1], other[1])
            if not (isinstance(start, Irregular) or isinstance(step, Irregular)):
                yield Counting(axis=axis, start=start, step=step)


def _progression(values: Array, axis: int) -> tuple[Array, Array] | None:
    """Where whole numbers start along an axis, and their step; None where it is not one step."""
    if values.shape[axis] < _FEWEST_COUNTED or not _are_whole(values):
        return None
    start = values.take([0], axis)
    step = values.take([1], axis) - start
    shape = [-1 if at == axis else 1 for at in range(values.ndim)]
    places = np.arange(values.shape[axis], dtype=values.dtype).reshape(shape)
    return (start, step) if _same(start + places * step, values) else None


def _are_whole(values: Array) -> bool:
    """Whether values are whole numbers, and as floats so small that all are exact."""
    if values.dtype.kind != "f":
        return values.dtype.kind == "i"
    return bool(np.all((np.abs(values) <= _MOST_EXACT) & (values == np.trunc(values))))


def _everywhere(first: Array, second: Array) -> Everywhere | None:
    if first.shape != second.shape or first.dtype.kind not in "if" or not first.size:
        return None
    counts = _only(first), _only(second)
    if counts[0] is not None and counts[1] is not None:
        return Everywhere((counts[0], counts[1]))
    one, other = first.flat[0].item(), second.flat[0].item()
    if first.dtype != np.float32 or np.any(first != one) or np.any(second != other):
        return None
    counts = _inverted(one), _inverted(other)
    if counts[0] is None or counts[1] is None:
        return None
    return Everywhere((counts[0], counts[1]), inverse=True)


def _partly(first: Array, second: Array) -> Partly | None:
    if first.shape != second.shape or first.dtype.kind not in "if":
        return None
    places = _bits(first) != _bits(second)
    one, other = (_only(values[places]) for values in (first, second))
    return None if one is None or other is None else Partly(places, (one, other), first)


def _only(values: Array) -> int | None:
    """The whole number that all values are; None when they are no such number."""
    found = _whole(values.flat[0].item()) if values.size else None
    return found if found is not None and np.all(values == found) else None


def _whole(number: float) -> int | None:
    return int(number) if math.isfinite(number) and number == int(number) else None


def _inverted(number: float) -> int | None:
    """The whole number that this is the inverse of, as exactly as float32 tells."""
    count = round(1 / number) if math.isfinite(number) and number > _SMALLEST_INVERSE else 0
    return count if count and abs(number * count - 1) <= _ROUNDING else None


def _band(first: Array, second: Array) -> Band | None:
    axes = [axis for axis in range(first.ndim) if _repeats(first, axis) and _repeats(second, axis)]
    return band_of(_shortened(first, axes), _shortened(second, axes))


def _mergers(first: Array, second: Array) -> Iterator[Merged]:
    """The ways in which an axis is a dynamic one and another that has one size."""
    for axis in _differing_axes(first, second):
        sizes = first.shape[axis], second.shape[axis]
        block = math.gcd(*sizes)
        if block < _FEWEST_COUNTED or min(sizes) < _FEWEST_COUNTED * block:
            continue
        count = sizes[0] // block, sizes[1] // block
        for apart in ((count, (block, block)), ((block, block), count)):
            one, other = (
                values.reshape(taken_apart(values.shape, axis, apart, side))
                for side, values in enumerate((first, second))
            )
            pattern = pattern_of(one, other)
            if not isinstance(pattern, Irregular):
                yield Merged(axis=axis, apart=apart, pattern=pattern)


def taken_apart(
    shape: tuple[int, ...], axis: int, apart: tuple[Sizes, Sizes], side: int
) -> tuple[int, ...]:
    """The shape in the first or the second file with two axes in the place of one."""
    return (*shape[:axis], *(sizes[side] for sizes in apart), *shape[axis + 1 :])


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
