"""The patterns of constants over several files, which extrapolate them to other sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import attrs
import numpy as np

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Array, Arrays, Sizes
from litert_ir.stablehlo.dynamic_shapes.bands import Band, band_of

_ROUNDING = 2 * float(np.finfo(np.float32).eps)
_SMALLEST_INVERSE = 2.0**-20
"""The bound from which float32 distinguishes the inverses of neighboring whole numbers well."""

_FORMS = (
    *((-1.0, 1.0), (1.0, 0.5), (-1.0, 2.0), (1.0, 0.25), (0.5, 1.0), (-0.5, 1.0)),
    *((-1.0, math.pi), (-1.0, 2 * math.pi)),
)
"""Powers and factors of whole numbers that models compute from sizes, simple ones first."""

_MOST_OF_ROOT = 1 << 14
"""The bound up to which a float32 that is no root of a whole number is seldom close to one."""

_MOST_SIZES = 32
"""The most numbers that are examined one by one."""
_FEWEST_COUNTED = 2
"""The number of values that show a step."""
_MOST_EXACT = 1 << 24
"""The bound up to which float32 represents all whole numbers."""


@attrs.frozen(eq=False)
class Repeated:
    """Values repeated along the dynamic axes; ``values`` holds them once."""

    values: Array


@attrs.frozen(kw_only=True)
class Counting:
    """Whole numbers in even steps along a dynamic axis, as positions in a flattened tensor are.

    Attributes:
        axis: The axis; `start` and `step` have size 1 along it.
        start: The numbers at its beginning.
        step: The difference of neighbors, for each position along other axes.
    """

    axis: int
    start: RegularPattern
    step: RegularPattern


@attrs.frozen
class Everywhere:
    """One number at all positions, another one for each size: ``factor * count ** power``.

    Attributes:
        count: A whole number.
        power: Its power, as -1 in the 1/n of a mean.
        factor: The factor of the power.
    """

    count: Sizes
    power: float = 1.0
    factor: float = 1.0


@attrs.frozen(eq=False)
class Partly:
    """One number at some positions, another one for each size, beside fixed numbers elsewhere.

    Attributes:
        places: The positions of the number.
        count: The number.
        values: All numbers in the first file.
    """

    places: Array
    count: Sizes
    values: Array


@attrs.frozen
class Elements:
    """Few whole numbers, some of which depend on the sizes.

    Attributes:
        elements: In row-major order, each with its value in every file.
        shape: The constant's shape.
    """

    elements: tuple[Sizes, ...]
    shape: tuple[int, ...]


@attrs.frozen
class Irregular:
    """Values that nothing extrapolates, and the ``reason``."""

    reason: str


@attrs.frozen(kw_only=True)
class Merged:
    """Values with a pattern once an axis is split, such as one that merges batch and heads.

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


def pattern_of(*arrays: Array) -> Pattern:
    """The pattern of a constant that differs between the files.

    Args:
        arrays: Its values in each file, of one rank and element type.
    """
    found = _pattern(arrays)
    if isinstance(found, Irregular) and _are_small_lists(arrays):
        return _elements(arrays)
    return found


def _pattern(arrays: Arrays) -> Pattern:
    axes = [axis for axis in _differing_axes(arrays) if _all_repeat(arrays, axis)]
    once = tuple(_shortened(values, axes) for values in arrays)
    if _all_same(once):
        return Repeated(once[0])
    if arrays[0].ndim == 1 and _are_small_lists(arrays):
        return _elements(arrays)
    return (
        next(_countings(once), None)
        or _everywhere(once)
        or _partly(once)
        or _band(once)
        or next(_mergers(once), None)
        or _irregular(arrays)
    )


def _are_small_lists(arrays: Arrays) -> bool:
    """Tell whether these are few whole numbers, as paddings and sizes are."""
    return _have_one_shape(arrays) and arrays[0].dtype.kind == "i" and arrays[0].size <= _MOST_SIZES


def _elements(arrays: Arrays) -> Elements:
    lists = (values.ravel().tolist() for values in arrays)
    return Elements(tuple(zip(*lists, strict=True)), arrays[0].shape)


def _have_one_shape(arrays: Arrays) -> bool:
    return len({values.shape for values in arrays}) == 1


def _differing_axes(arrays: Arrays) -> list[int]:
    shapes = zip(*(values.shape for values in arrays), strict=True)
    return [axis for axis, sizes in enumerate(shapes) if len(set(sizes)) > 1]


def _all_same(arrays: Arrays) -> bool:
    return all(_same(arrays[0], values) for values in arrays[1:])


def _all_repeat(arrays: Arrays, axis: int) -> bool:
    return all(_repeats(values, axis) for values in arrays)


def _same(first: Array, second: Array) -> bool:
    """Tell whether all bits are equal: NaN equals NaN, and minus zero differs from zero."""
    return np.array_equal(_bits(first), _bits(second))


def _bits(values: Array) -> Array:
    return values.view(f"u{values.itemsize}")


def _repeats(values: Array, axis: int) -> bool:
    start = values[(slice(None),) * axis + (slice(1),)]
    return start.size > 0 and _same(np.broadcast_to(start, values.shape), values)


def _shortened(values: Array, axes: list[int]) -> Array:
    return values[tuple(slice(1 if axis in axes else None) for axis in range(values.ndim))]


def _countings(arrays: Arrays) -> Iterator[Counting]:
    """The ways in which a constant counts along an axis in all files."""
    for axis in _differing_axes(arrays):
        found = [_progression(values, axis) for values in arrays]
        counted = [each for each in found if each is not None]
        if len(counted) == len(found):
            start, step = (_pattern(parts) for parts in zip(*counted, strict=True))
            if not (isinstance(start, Irregular) or isinstance(step, Irregular)):
                yield Counting(axis=axis, start=start, step=step)


def _progression(values: Array, axis: int) -> tuple[Array, Array] | None:
    """Return the start and the step of whole numbers along an axis; None for uneven steps."""
    if values.shape[axis] < _FEWEST_COUNTED or not _are_whole(values):
        return None
    start = values.take([0], axis)
    step = values.take([1], axis) - start
    shape = [-1 if at == axis else 1 for at in range(values.ndim)]
    places = np.arange(values.shape[axis], dtype=values.dtype).reshape(shape)
    return (start, step) if _same(start + places * step, values) else None


def _are_whole(values: Array) -> bool:
    """Tell whether values are whole numbers, and as floats so small that all are exact."""
    if values.dtype.kind != "f":
        return values.dtype.kind == "i"
    return bool(np.all((np.abs(values) <= _MOST_EXACT) & (values == np.trunc(values))))


def _everywhere(arrays: Arrays) -> Everywhere | None:
    if not _have_one_shape(arrays) or arrays[0].dtype.kind not in "if" or not arrays[0].size:
        return None
    counts = _known(map(_only, arrays))
    if counts is not None:
        return Everywhere(counts)
    numbers = [values.flat[0].item() for values in arrays]
    alike = all(np.all(values == number) for values, number in zip(arrays, numbers, strict=True))
    if not alike or arrays[0].dtype != np.float32:
        return None
    for power, factor in _FORMS:
        counts = _known(_count_in(number, power, factor) for number in numbers)
        if counts is not None:
            return Everywhere(counts, power, factor)
    return None


def _partly(arrays: Arrays) -> Partly | None:
    if not _have_one_shape(arrays) or arrays[0].dtype.kind not in "if":
        return None
    first, *others = map(_bits, arrays)
    places = np.any([first != other for other in others], axis=0)
    counts = _known(_only(values[places]) for values in arrays)
    return None if counts is None else Partly(places, counts, arrays[0])


def _known(found: Iterable[int | None]) -> Sizes | None:
    """The numbers, if no file lacks one."""
    numbers = tuple(found)
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None


def _only(values: Array) -> int | None:
    """The whole number that all values are; None when there is none."""
    found = _whole(values.flat[0].item()) if values.size else None
    return found if found is not None and np.all(values == found) else None


def _whole(number: float) -> int | None:
    return int(number) if math.isfinite(number) and number == int(number) else None


def _count_in(number: float, power: float, factor: float) -> int | None:
    """The whole number whose power times the factor is this value, to the precision of float32."""
    if not (math.isfinite(number) and number > _SMALLEST_INVERSE):
        return None
    count = round((number / factor) ** (1 / power))
    most = _MOST_EXACT if abs(power) == 1 else _MOST_OF_ROOT
    fits = 0 < count <= most and abs(factor * count**power / number - 1) <= _ROUNDING
    return count if fits else None


def _band(arrays: Arrays) -> Band | None:
    axes = [axis for axis in range(arrays[0].ndim) if _all_repeat(arrays, axis)]
    return band_of(*(_shortened(values, axes) for values in arrays))


def _mergers(arrays: Arrays) -> Iterator[Merged]:
    """The ways to split an axis into a dynamic one and one of fixed size."""
    for axis in _differing_axes(arrays):
        sizes = tuple(values.shape[axis] for values in arrays)
        block = math.gcd(*sizes)
        if block < _FEWEST_COUNTED or min(sizes) < _FEWEST_COUNTED * block:
            continue
        count, fixed = tuple(size // block for size in sizes), (block,) * len(sizes)
        for apart in ((count, fixed), (fixed, count)):
            pattern = _pattern(
                tuple(
                    values.reshape(taken_apart(values.shape, axis, apart, side))
                    for side, values in enumerate(arrays)
                )
            )
            if not isinstance(pattern, Irregular):
                yield Merged(axis=axis, apart=apart, pattern=pattern)


def taken_apart(
    shape: tuple[int, ...], axis: int, apart: tuple[Sizes, Sizes], side: int
) -> tuple[int, ...]:
    """The shape in one of the files with an axis split in two."""
    return (*shape[:axis], *(sizes[side] for sizes in apart), *shape[axis + 1 :])


def _irregular(arrays: Arrays) -> Irregular:
    if _have_one_shape(arrays):
        return Irregular("its values differ")
    shapes = zip(*(values.shape for values in arrays), strict=True)
    shared = tuple(slice(min(sizes)) for sizes in shapes)
    if _all_same(tuple(values[shared] for values in arrays)):
        return Irregular(
            "it is the leading part of a table or a mask, which does not tell how that goes on"
        )
    return Irregular("its values vary along a dynamic dimension")
