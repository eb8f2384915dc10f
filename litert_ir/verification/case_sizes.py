"""Choose the sizes of dynamic dimensions at which a file is compared with its model."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs

from litert_ir.ir.dimensions import (
    BATCH_NAME,
    DimKey,
    DimSizes,
    dynamic_dims,
    is_batch,
    sizes_in,
)
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import DynamicDim

BATCH_SIZES = (1, 3)
"""Two sizes, so that a batch that was silently made static is detected; a static batch has two
cases as well, so that outputs are seen to vary with the input.
"""
GROWING = (9, 56, 129, 225, 515, 1105, 2205, 4305, 16500)
"""The sizes around which those of the cases are searched: not powers of two, which most models
handle best, except for one multiple of eight, where strides and blocks leave no remainder.

Those from 4305 on exceed every traced size; the last one is for a second of sound.
"""

_FAR = 300
"""The size from which on only one dimension at a time is this large."""
_BLOCK = 8
"""A multiple of most strides and block sizes."""
_SEARCHED = 64
"""The number of sizes on either side that are searched for the best one."""


@attrs.frozen(kw_only=True)
class VerificationSizes:
    """The sizes of the cases; all but one of them have the smallest batch.

    Attributes:
        smallest: The smallest sizes within the bounds; None where nothing but the batch is dynamic.
        next_smallest: The next larger sizes, at which a shift or a window may be truncated.
        growing: Sizes from small to large. Where the bounds allow, they differ between dimensions,
            are not prime (conversions trace with primes), are coprime with the previous ones, and
            all but the second are odd. Two entries where only the batch is dynamic, even if it has
            one size only.
        largest: The upper bound of each bounded dimension; None where there is no maximum.
    """

    smallest: DimSizes | None
    next_smallest: DimSizes | None = None
    growing: tuple[DimSizes, ...]
    largest: DimSizes | None

    def with_batch(self, batch: int) -> VerificationSizes:
        """Return the same sizes with another batch, if the batch is dynamic."""
        return VerificationSizes(
            smallest=self.smallest and with_batch(self.smallest, batch),
            next_smallest=self.next_smallest and with_batch(self.next_smallest, batch),
            growing=tuple(with_batch(sizes, batch) for sizes in self.growing),
            largest=self.largest and with_batch(self.largest, batch),
        )


def verification_sizes(
    plan: ExportPlan, used: Mapping[DimKey, Collection[int]] = MappingProxyType({})
) -> VerificationSizes:
    """Return the sizes to compare at, all of them within the bounds.

    Args:
        plan: The plan whose inputs have the dimensions.
        used: Sizes that conversions trace with; comparing at them proves nothing new.
    """
    dims = dynamic_dims(plan.inputs)
    free = {key: dim for key, dim in dims.items() if not is_batch(key)}
    first, second = _batches({key: dim for key, dim in dims.items() if is_batch(key)})
    if not free:
        return VerificationSizes(smallest=None, growing=(first, second), largest=None)
    growing = tuple(_one_far(tuple(_growing(free, used))))
    turns = itertools.chain((second,), itertools.repeat(first))
    limits = {
        key: dim.maximum // dim.multiple_of * dim.multiple_of
        for key, dim in free.items()
        if dim.maximum is not None
    }
    return VerificationSizes(
        smallest=first | {key: dim.smallest for key, dim in free.items()},
        next_smallest=first | _next_smallest(free),
        growing=tuple(turn | sizes for turn, sizes in zip(turns, growing, strict=False)),
        largest=first | growing[0] | limits if limits else None,
    )


def _next_smallest(dims: Mapping[DimKey, DynamicDim]) -> dict[DimKey, int]:
    """Return small sizes above the smallest ones, unequal where the bounds have room."""
    found: dict[DimKey, int] = {}
    for key, dim in dims.items():
        near = [dim.smallest + count * dim.multiple_of for count in range(1, len(dims) + 1)]
        room = [size for size in near if dim.admits(size)]
        free = [size for size in room if size not in found.values()]
        found[key] = next(iter((*free, *room, dim.smallest)))
    return found


def batch_of(sizes: DimSizes) -> int | None:
    """Return the size of the batch; None where it is static."""
    return next((size for key, size in sizes.items() if is_batch(key)), None)


def with_batch(sizes: DimSizes, batch: int) -> dict[DimKey, int]:
    """Replace the size of the batch, if it is dynamic."""
    return {key: batch if is_batch(key) else size for key, size in sizes.items()}


def _batches(dims: Mapping[DimKey, DynamicDim]) -> tuple[dict[DimKey, int], dict[DimKey, int]]:
    """Return the smallest size of the batch, and another one where its bounds have room."""
    smallest = {key: dim.smallest for key, dim in dims.items()}
    return smallest, {key: _second_batch(dim) for key, dim in dims.items()}


def _second_batch(dim: DynamicDim) -> int:
    others = (size for size in _around(dim, BATCH_SIZES[1]) if size != dim.smallest)
    return next(others, dim.smallest)


def _growing(
    dims: Mapping[DimKey, DynamicDim], used: Mapping[DimKey, Collection[int]]
) -> Iterator[dict[DimKey, int]]:
    """Yield sizes near each entry of `GROWING`, as long as they grow."""
    before: dict[DimKey, int] = {}
    for wanted in GROWING:
        sizes: dict[DimKey, int] = {}
        for key, dim in dims.items():
            above = max(
                [wanted, before.get(key, 0) * 9 // 8 + 1, *(size + 1 for size in sizes.values())]
            )
            wish = _Wish(
                near=above,
                is_even=wanted % _BLOCK == 0,
                taken=frozenset(sizes.values()),
                used=frozenset(used.get(key, ())),
                before=before.get(key, 1),
            )
            sizes[key] = _best(dim, wish)
        if before and all(size <= before[key] for key, size in sizes.items()):
            return
        yield sizes
        before = sizes


def _one_far(growing: Sequence[dict[DimKey, int]]) -> Iterator[dict[DimKey, int]]:
    """Yield the sizes with one dimension at a time large while the others are small.

    Inputs that are large along all dimensions take long, and sums over a million elements lose
    digits in float32.
    """
    for sizes in growing:
        if len(sizes) == 1 or min(sizes.values()) < _FAR:
            yield sizes
        else:
            yield from (_far_along(key, size, growing) for key, size in sizes.items())


def _far_along(key: DimKey, size: int, growing: Sequence[dict[DimKey, int]]) -> dict[DimKey, int]:
    """Return sizes that are large along one dimension and small along others."""
    found = [sizes | {key: size} for sizes in growing]
    return next((sizes for sizes in found if [*sizes.values()].count(size) == 1), found[0])


@attrs.frozen(kw_only=True)
class _Wish:
    """Preferences for the size of a dimension.

    Attributes:
        near: The preferred size; sizes slightly above it are next best.
        is_even: Whether a multiple of eight, rather than odd.
        taken: Sizes of other dimensions.
        used: Sizes that were traced with.
        before: The dimension's size in the previous case.
    """

    near: int
    is_even: bool
    taken: frozenset[int]
    used: frozenset[int]
    before: int


def _best(dim: DynamicDim, wish: _Wish) -> int:
    """Return the size within the bounds that meets most of the preferences."""
    step = dim.multiple_of

    def faults(size: int) -> tuple[bool, ...]:
        number = size // step
        return (
            size in wish.taken or size == wish.before,
            size in wish.used,
            _is_prime(number),
            math.gcd(number, max(1, wish.before // step)) > 1,
            size % _BLOCK != 0 if wish.is_even else step % 2 == 1 and number % 2 == 0,
        )

    return min(_around(dim, wish.near), key=faults)


def _around(dim: DynamicDim, wanted: int) -> list[int]:
    """List the sizes within the bounds from a wanted one upwards, then downwards."""
    step = dim.multiple_of
    lowest = dim.smallest // step
    highest = math.inf if dim.maximum is None else dim.maximum // step
    middle = int(min(max(lowest, -(-wanted // step)), highest))
    up = [number for number in range(middle, middle + _SEARCHED) if number <= highest]
    down = range(middle - 1, max(lowest, middle - _SEARCHED) - 1, -1)
    return [step * number for number in (*up, *down)]


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def sizes_text(plan: ExportPlan, shapes: Sequence[Sequence[Sequence[int]]]) -> str:
    """Format the sizes of each dynamic dimension: ``batch 1, 3; length 7, 45, 1105``.

    Args:
        plan: The plan that names the dimensions.
        shapes: The shapes of all inputs, for each run.

    Returns:
        The text; empty where no dimension is dynamic.
    """
    found: dict[str, dict[int, None]] = {}
    for each in shapes:
        for key, size in sizes_in(plan.inputs, each).items():
            found.setdefault(_label(plan, key), {})[size] = None
    return "; ".join(
        f"{label} {', '.join(map(str, sorted(sizes)))}" for label, sizes in found.items()
    )


def _label(plan: ExportPlan, key: DimKey) -> str:
    if isinstance(key, str):
        return key
    return BATCH_NAME if is_batch(key) else f"{plan.inputs[key[0]].name} axis {key[1]}"
