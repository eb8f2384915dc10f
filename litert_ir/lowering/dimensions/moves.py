"""Change sizes that a model accepts, to find which dimensions are tied."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import attrs

from litert_ir.lowering.dimensions.slots import Sizes
from litert_ir.lowering.dimensions.trials import Trials

Group = frozenset[int]
"""Indices of slots."""


def moved(sizes: Sizes, group: Collection[int], by: int) -> Sizes:
    """Increase the sizes of a group by a number."""
    return tuple(size + by if index in group else size for index, size in enumerate(sizes))


def resized(sizes: Sizes, group: Collection[int], to: int) -> Sizes:
    """Set the sizes of a group to a number."""
    return tuple(to if index in group else size for index, size in enumerate(sizes))


@attrs.frozen
class Moves:
    """Changes of all sizes by one number that the model accepts.

    Attributes:
        start: Accepted sizes.
        step: The smallest change.
        deltas: Accepted changes within the bounds: small ones in both directions, and a large one.
    """

    start: Sizes
    step: int
    deltas: tuple[int, ...]

    def accepted_for(self, trials: Trials, group: Group) -> bool:
        """Return whether the model accepts each change for a group alone.

        A change outside of the user's bounds is skipped.
        """
        candidates = (moved(self.start, group, delta) for delta in self.deltas)
        return all(trials.accepts(sizes) for sizes in candidates if trials.within_bounds(sizes))


def moves_from(trials: Trials, start: Sizes, group: Group) -> Moves | None:
    """Find the changes that a model accepts for all slots of a group at once.

    Args:
        trials: Runs the model at sizes.
        start: Accepted sizes.
        group: The slots.

    Returns:
        The changes with the smallest step; None where the model accepts no other sizes nearby.
    """
    for step in _steps([start[index] for index in group]):
        for sign in (-1, 1):
            near = [sign * step, sign * 3 * step]
            usable = [by for by in near if trials.within_bounds(moved(start, group, by))]
            if usable and all(trials.accepts(moved(start, group, by)) for by in usable):
                further = (-sign * step, _far(min(start[i] for i in group), step))
                others = [by for by in further if by and trials.accepts(moved(start, group, by))]
                return Moves(start, step, tuple(dict.fromkeys([usable[0], *others])))
    return None


def _steps(sizes: list[int]) -> Iterator[int]:
    """Yield the common divisors of all sizes, which may be multiples of any of them."""
    return (step for step in range(1, min(sizes) + 1) if all(size % step == 0 for size in sizes))


def _far(size: int, step: int) -> int:
    """Return a change by about three eighths, in steps, to an odd multiple of the step."""
    count = size // step
    target = (count * 5 // 8) | 1
    return (target - count) * step if 1 < target < count else 0
