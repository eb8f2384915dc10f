"""The points at which a plan's model is traced, where its inputs have dynamic dimensions.

A point is one size for each dynamic dimension. Dimensions that bear one name have one size;
others have sizes that nothing else follows from by chance: primes, apart from each other, which
go up along one dimension where they go down along another. Primes are coprime with the strides
of a model, so that no padding or remainder happens to be nothing. The third point of the first
series has twice a prime, as ``n + 1`` and ``2 * ((n + 1) // 2)`` are the same for odd numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs

from litert_ir.ir.dimensions import (
    DimKey,
    DimSizes,
    StaticShapes,
    dynamic_dims,
    is_batch,
    shapes_with,
    sizes_in,
)
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import DynamicDim

BATCH_SIZES: tuple[tuple[int, ...], ...] = (
    (2, 3, 5, 7, 11),
    (5, 7, 11, 13, 17),
    (7, 11, 13, 17, 19),
)
"""Sizes of the batch at the points, taken in turn: where a model has two heads, say, a converter
may write other operators for a batch of two."""

OTHER_SIZES: tuple[tuple[tuple[int, ...], ...], ...] = (
    (
        (67, 149, 446, 1031, 4099),
        (167, 73, 1018, 421, 3989),
        (59, 181, 422, 1033, 4093),
        (179, 71, 1006, 457, 4003),
        (83, 137, 454, 1039, 4057),
        (163, 89, 1042, 397, 4021),
    ),
    (
        (97, 193, 449, 1153, 4129),
        (353, 257, 1217, 577, 4001),
        (673, 769, 1409, 1601, 4289),
        (929, 641, 2017, 1697, 4481),
    ),
    (
        (127, 191, 479, 1087, 4127),
        (383, 223, 1151, 607, 3967),
        (863, 991, 1279, 1439, 4159),
        (1471, 1567, 2111, 1663, 4447),
    ),
)
"""Sizes of the other dimensions at the points of each series, one row for each dimension.

The second point is far enough from the first that a total stride up to some 80 does not shrink
both to one size, the third up to 300, the fourth up to 600. Their residues differ modulo small
numbers, which tells ``(n + 1) // 2`` from ``n // 2``.

Those of the second series are one more, those of the third one less than a multiple of 32: halved
again and again, rounding up or down, they stay odd, so that a model which crops or pads on each of
five levels does so on all of them at all points.
"""

LONG_SIZES = (4201, 2101, 1051, 521, 259)
"""Tried in turn for dimensions that are no batch, to see masks with a window; 4096 is the longest
window of published models (Mistral 7B, https://arxiv.org/abs/2310.06825)."""

_SMALLEST = 2
"""The only even prime."""
_BLOCK = 32
"""The period of sizes: adding multiples of it changes no remainder by a usual stride."""
_SERIES_OF_BATCHES = 2
_BASE_RANGE = 128
"""Sizes that start from a minimum are further apart from this minimum on."""

Shape = tuple[int, ...]


@attrs.frozen
class Point:
    """The static shapes that all inputs have at one choice of sizes.

    Attributes:
        shapes: In the plan's input order.
    """

    shapes: StaticShapes


def points_of(plan: ExportPlan) -> tuple[tuple[Point, ...], ...]:
    """The series of points to trace at, to be tried in turn.

    Each is one point, if the plan is static; else points that differ in every dynamic dimension,
    as far as the dimensions' bounds allow. The first two make a file, another one tells whether
    it holds there, too; the others are for models that need more to be told.
    """
    dims = dynamic_dims(plan.inputs)
    if not dims:
        return ((_point(plan, {}),),)
    return tuple(
        tuple(
            _point(plan, dict(zip(dims, sizes, strict=True)))
            for sizes in zip(*series, strict=False)
        )
        for series in _all_series(dims)
    )


def traced_sizes(plan: ExportPlan) -> Mapping[DimKey, frozenset[int]]:
    """The sizes of each dynamic dimension that a conversion may trace a model with."""
    dims = dynamic_dims(plan.inputs)
    series = _all_series(dims)
    return MappingProxyType(
        {
            key: frozenset(itertools.chain.from_iterable(each[at] for each in series))
            for at, key in enumerate(dims)
        }
    )


def maxima_of(plan: ExportPlan) -> Mapping[tuple[int, int], int]:
    """The largest sizes of bounded dimensions, by the input's position and the axis."""
    return MappingProxyType(
        {
            (at, axis): dim.maximum // dim.multiple_of * dim.multiple_of
            for at, spec in enumerate(plan.inputs)
            for axis, dim in enumerate(spec.shape)
            if isinstance(dim, DynamicDim) and dim.maximum is not None
        }
    )


def long_points_of(plan: ExportPlan, short: Point) -> tuple[Point, ...]:
    """Points that are much longer than others along every dynamic dimension but the batch.

    Args:
        plan: The plan.
        short: The point whose batch they have.
    """
    known = sizes_in(plan.inputs, short.shapes)
    dims = {key: dim for key, dim in dynamic_dims(plan.inputs).items() if not is_batch(key)}
    longer = (
        {**known, **{key: _nearest(dim, length) for key, dim in dims.items()}}
        for length in LONG_SIZES
    )
    return tuple(dict.fromkeys(_point(plan, sizes) for sizes in longer))


def points_beyond(plan: ExportPlan, near: Point, limits: Collection[int]) -> tuple[Point, ...]:
    """Points at which each dimension in turn exceeds some numbers, if its bounds allow it.

    Args:
        plan: The plan.
        near: A point; all other dimensions have its sizes.
        limits: The numbers.

    Returns:
        One for each dimension whose size at the point at hand is no larger than all numbers, and
        which may be larger.
    """
    known = sizes_in(plan.inputs, near.shapes)
    dims = {key: dim for key, dim in dynamic_dims(plan.inputs).items() if not is_batch(key)}
    beyond = max(limits, default=0) + 1
    larger = {
        key: _nearest(dim, known[key] + -(-(beyond - known[key]) // _BLOCK) * _BLOCK)
        for key, dim in dims.items()
        if beyond > known[key]
    }
    return tuple(
        _point(plan, {**known, key: size}) for key, size in larger.items() if size > known[key]
    )


def varies_beside_batch(plan: ExportPlan) -> bool:
    """Tell whether a dynamic dimension is no batch."""
    return not all(map(is_batch, dynamic_dims(plan.inputs)))


def _all_series(dims: Mapping[DimKey, DynamicDim]) -> list[list[tuple[int, ...]]]:
    """For each series of points, the sizes of each dimension at them."""
    count = len(BATCH_SIZES) if not all(map(is_batch, dims)) else _SERIES_OF_BATCHES
    pairs = zip(BATCH_SIZES[:count], OTHER_SIZES, strict=False)
    return [_series(dims, batch, others) for batch, others in pairs]


def _series(
    dims: Mapping[DimKey, DynamicDim], batch: Sequence[int], others: Sequence[Sequence[int]]
) -> list[tuple[int, ...]]:
    """The sizes of each dimension at the points; no two dimensions have one series."""
    rows = itertools.cycle(others)
    taken: set[tuple[int, ...]] = set()
    series: list[tuple[int, ...]] = []
    for key, each in dims.items():
        wanted = batch if is_batch(key) else next(rows)
        # Any number of samples can be traced, whatever a run shall take at most.
        dim = attrs.evolve(each, maximum=None) if is_batch(key) else each
        found = within(dim, wanted)
        while found in taken and len(set(found)) > 1:
            found = (*found[1:], found[0])
            if found == within(dim, wanted):
                break
        taken.add(found)
        series.append(found)
    return series


def within(dim: DynamicDim, wanted: Sequence[int]) -> tuple[int, ...]:
    """Sizes that a dimension may have, in the order of the wanted ones and as far apart.

    Args:
        dim: The dimension.
        wanted: Primes.

    Returns:
        Primes times the dimension's multiple where its bounds have room for them; fewer sizes
        than wanted where it has no more.
    """
    step, lowest = dim.multiple_of, dim.smallest // dim.multiple_of
    highest = None if dim.maximum is None else dim.maximum // step
    spread = max(1, lowest // _BASE_RANGE)
    numbers: list[int] = []
    for size in wanted:
        number = lowest - 1 + max(min(3, size), spread * size // step)
        numbers.append(next(n for n in _like(size, number) if n not in numbers))
    if highest is None:
        return tuple(step * number for number in numbers)
    used = [number for number in numbers if number <= highest]
    if len(used) < min(len(wanted), _ENOUGH):
        used = _shared_out(lowest, highest, wanted)
    if highest <= _LARGEST_MAXIMUM and len(used) > 1 and highest > 1:
        larger = max(0, 1, key=used.__getitem__)
        used = [number for number in used if number != highest or used[larger] == highest]
        used[larger] = highest
    return tuple(step * number for number in used)


_LARGEST_MAXIMUM = 8192
"""The bound of a largest size that is among the first two points: there, tables are whole."""
_ENOUGH = 4
"""The fewest points that leave one for a check, even where a formula takes three."""


def _shared_out(lowest: int, highest: int, wanted: Sequence[int]) -> list[int]:
    """Numbers of a range, in the order of the wanted ones, and of their kind where possible."""
    least = lowest + (highest - lowest) // 4
    room = range(max(least, min(2, highest)), highest + 1)
    count = min(len(wanted), len(room), _ENOUGH)
    gaps = max(1, count - 1)
    ranks = sorted(range(count), key=wanted.__getitem__)
    found: list[int] = []
    for at in range(count):
        near = room[ranks.index(at) * (len(room) - 1) // gaps]
        free = [number for number in room if number not in found]
        alike = [number for number in free if _is_alike(wanted[at], number)]
        found.append(min(alike or free, key=lambda number: abs(number - near)))
    return found


def _nearest(dim: DynamicDim, length: int) -> int:
    """The size next to a length that a dimension may have."""
    step = dim.multiple_of
    size = max(dim.smallest, -(-length // step) * step)
    return size if dim.maximum is None else min(size, dim.maximum // step * step)


def _like(size: int, number: int) -> Iterator[int]:
    """The numbers from one on that are, as a wanted size is, primes or twice a prime."""
    return filter(lambda other: _is_alike(size, other), itertools.count(max(number, 2)))


def _is_alike(size: int, number: int) -> bool:
    if size % 2 or size == _SMALLEST:
        return _is_prime(number)
    return number % 2 == 0 and _is_prime(number // 2)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def _point(plan: ExportPlan, sizes: DimSizes) -> Point:
    return Point(shapes_with(plan.inputs, sizes))
