"""Which sizes a file is compared with its model at, where dimensions are dynamic."""

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
"""Two sizes, so that a batch that was silently fixed is found out; a static batch has two cases
all the same, so that outputs that vary with the input are seen to vary."""
GROWING = (9, 56, 129, 225, 515, 1105, 2205, 4305, 16500)
"""Where to look for a case's sizes: beside powers of two, which are too good to most models; but
for one that is a multiple of eight, where what strides and blocks leave over is nothing.

From 4305 on they are beyond all that is traced; the last is for a second of sound.
"""

_FAR = 300
"""From this size on, several dimensions are far in turn."""
_BLOCK = 8
"""What most strides and blocks divide."""
_SEARCHED = 64
"""How many sizes on either side are looked at for the best one."""


@attrs.frozen(kw_only=True)
class VerificationSizes:
    """The sizes of the cases, with a batch of its smallest size but for one of them.

    Attributes:
        smallest: The smallest sizes of all; None where nothing but the batch is dynamic.
        next_smallest: The sizes after those, where parts of a shift or a window may be missing.
        growing: Sizes from small to large. Where they can be they are unequal among dimensions,
            no primes, which is what conversions trace with, coprime with the ones before, and
            odd but for the second. Two where nothing but the batch is dynamic, even if that has
            one size only.
        largest: The sizes with every maximum in them; None where there is no maximum.
    """

    smallest: DimSizes | None
    next_smallest: DimSizes | None = None
    growing: tuple[DimSizes, ...]
    largest: DimSizes | None

    def with_batch(self, batch: int) -> VerificationSizes:
        """The same sizes, with this one for the batch where it is dynamic."""
        return VerificationSizes(
            smallest=self.smallest and with_batch(self.smallest, batch),
            next_smallest=self.next_smallest and with_batch(self.next_smallest, batch),
            growing=tuple(with_batch(sizes, batch) for sizes in self.growing),
            largest=self.largest and with_batch(self.largest, batch),
        )


def verification_sizes(
    plan: ExportPlan, used: Mapping[DimKey, Collection[int]] = MappingProxyType({})
) -> VerificationSizes:
    """The sizes to compare at, all of them within the bounds.

    Args:
        plan: Whose inputs have the dimensions.
        used: Sizes that conversions trace with, which show nothing new.
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
    """Small sizes, unequal where bounds have room, that are not the smallest ones."""
    found: dict[DimKey, int] = {}
    for key, dim in dims.items():
        near = [dim.smallest + count * dim.multiple_of for count in range(1, len(dims) + 1)]
        room = [size for size in near if dim.admits(size)]
        free = [size for size in room if size not in found.values()]
        found[key] = next(iter((*free, *room, dim.smallest)))
    return found


def batch_of(sizes: DimSizes) -> int | None:
    """The size of the batch; None where it is static."""
    return next((size for key, size in sizes.items() if is_batch(key)), None)


def with_batch(sizes: DimSizes, batch: int) -> dict[DimKey, int]:
    """The sizes with this one for the batch, where it is dynamic."""
    return {key: batch if is_batch(key) else size for key, size in sizes.items()}


def _batches(dims: Mapping[DimKey, DynamicDim]) -> tuple[dict[DimKey, int], dict[DimKey, int]]:
    """The smallest size of the batch, and another one where its bounds have room."""
    smallest = {key: dim.smallest for key, dim in dims.items()}
    return smallest, {key: _second_batch(dim) for key, dim in dims.items()}


def _second_batch(dim: DynamicDim) -> int:
    others = (size for size in _around(dim, BATCH_SIZES[1]) if size != dim.smallest)
    return next(others, dim.smallest)


def _growing(
    dims: Mapping[DimKey, DynamicDim], used: Mapping[DimKey, Collection[int]]
) -> Iterator[dict[DimKey, int]]:
    """Sizes for each of `GROWING`, as long as they grow."""
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
    """The sizes, of which one dimension after the other is far while others are small.

    Inputs that are large along all dimensions take long, and sums over a million elements lose
    digits in float32.
    """
    for sizes in growing:
        if len(sizes) == 1 or min(sizes.values()) < _FAR:
            yield sizes
        else:
            yield from (_far_along(key, size, growing) for key, size in sizes.items())


def _far_along(key: DimKey, size: int, growing: Sequence[dict[DimKey, int]]) -> dict[DimKey, int]:
    """Sizes with a far one along one dimension, small along others, and unequal if possible."""
    found = [sizes | {key: size} for sizes in growing]
    return next((sizes for sizes in found if [*sizes.values()].count(size) == 1), found[0])


@attrs.frozen(kw_only=True)
class _Wish:
    """The size that a dimension shall have.

    Attributes:
        near: Preferably this one or the next ones.
        is_even: Whether a multiple of eight, rather than odd.
        taken: Sizes of other dimensions.
        used: Sizes that were traced.
        before: What the dimension had in the case before.
    """

    near: int
    is_even: bool
    taken: frozenset[int]
    used: frozenset[int]
    before: int


def _best(dim: DynamicDim, wish: _Wish) -> int:
    """The size within the bounds that fulfils most of a wish."""
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
    """Sizes within the bounds from a wanted one on upwards, then those from it downwards."""
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
    """The sizes of each dynamic dimension in some runs: ``batch 1, 3; length 7, 45, 1105``.

    Args:
        plan: What the dimensions are called.
        shapes: Those of all inputs in each run.

    Returns:
        Nothing where no dimension is dynamic.
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
