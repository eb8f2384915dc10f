"""Find the smallest and the largest size that a model accepts, by bisection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from litert_ir.lowering.dimensions.moves import Group, resized
from litert_ir.lowering.dimensions.slots import Sizes
from litert_ir.lowering.dimensions.trials import Trials

LARGEST = 8192
"""The largest size tried, except for twice the first one: a model that accepts it is assumed to
accept all larger ones.
"""

LEAP = 1024
"""The first larger size for models that are only traced."""

Accepts = Callable[[int], bool]


@attrs.frozen(kw_only=True)
class Scale:
    """The multiples of a step along a group of slots; the other slots keep their sizes.

    Attributes:
        trials: Runs the model at sizes.
        start: Accepted sizes.
        group: The slots.
        step: The common divisor of all sizes.
    """

    trials: Trials
    start: Sizes
    group: Group
    step: int

    @property
    def size(self) -> int:
        """The group's size at the start."""
        return self.start[min(self.group)]

    def accepts(self, count: int) -> bool:
        """Return whether the model accepts so many steps."""
        return self.trials.accepts(resized(self.start, self.group, count * self.step))


def smallest(scale: Scale) -> int:
    """Find the smallest size from which on the model accepts all, judged by a few tries.

    Acceptance is assumed to be monotone in the size; the size after the smallest is tried as well.
    """
    high = scale.size // scale.step
    low = 0
    if high > 1 and scale.accepts(1):
        if scale.accepts(2):
            return scale.step
        low = 2
    while low < high:
        found = _bisected(scale.accepts, low, high)
        if found == high or scale.accepts(found + 1):
            return found * scale.step
        low = found + 1
    return high * scale.step


def smallest_known(scale: Scale, minimum: int) -> int:
    """Find the smallest size from a minimum on at which static and dynamic traces agree."""
    trials = scale.trials

    def is_known(count: int) -> bool:
        sizes = resized(scale.start, scale.group, count * scale.step)
        return trials.oracle.knows_all(trials.shapes(sizes))

    low, high = minimum // scale.step - 1, scale.size // scale.step
    return _bisected(is_known, low, high) * scale.step


def largest(scale: Scale, tables: Sequence[int], limits: Sequence[int] = ()) -> int | None:
    """Find the largest size that the model accepts; None if it rejects none that was tried.

    Args:
        scale: The sizes.
        tables: Numbers of rows, tried first: tables of positions are the usual limit.
        limits: Numbers of rows that are certain limits: taken where larger sizes were not tried.
    """
    low, high = _bracket(scale)
    if high is None:
        known = (rows // scale.step for rows in sorted(limits))
        return next((count * scale.step for count in known if count >= low), None)
    for rows in tables:
        if low <= rows // scale.step < high:
            count = rows // scale.step
            if scale.accepts(count) and not scale.accepts(count + 1):
                return count * scale.step
    return (_bisected(lambda count: not scale.accepts(count), low, high) - 1) * scale.step


def _bracket(scale: Scale) -> tuple[int, int | None]:
    """Return an accepted number of steps and a rejected one above; None if not found in time."""
    low = scale.size // scale.step
    largest_size = max(LARGEST, (2 * low + 1) * scale.step)
    while True:
        high = _next(scale, low)
        sizes = resized(scale.start, scale.group, high * scale.step)
        is_tired = high * scale.step > largest_size or scale.trials.is_tired
        if is_tired or not scale.trials.within_bounds(sizes):
            return low, None
        if not scale.accepts(high):
            return low, high
        low = high


def _next(scale: Scale, count: int) -> int:
    """Double the number of steps, plus one; leap where a try takes about as long at any size."""
    doubled = 2 * count + 1
    if scale.trials.oracle.runs:
        return doubled
    leap = LEAP if count * scale.step < LEAP else LARGEST
    return max(doubled, leap // scale.step)


def _bisected(accepts: Accepts, low: int, high: int) -> int:
    """Bisect for the smallest accepted number between a rejected and an accepted one."""
    while high - low > 1:
        middle = (low + high) // 2
        if accepts(middle):
            high = middle
        else:
            low = middle
    return high
