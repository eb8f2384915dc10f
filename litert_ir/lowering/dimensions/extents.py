"""Find the bounds of groups of dimensions one by one, and prove that they hold together."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from litert_ir.lowering.dimensions.bounds import Scale, largest, smallest, smallest_known
from litert_ir.lowering.dimensions.moves import Group, moves_from, resized
from litert_ir.lowering.dimensions.slots import Sizes
from litert_ir.lowering.dimensions.table_limits import Table
from litert_ir.lowering.dimensions.trials import Trials

TRIED = "trying sizes"


@attrs.frozen(kw_only=True)
class Extent:
    """The bounds of a group's size.

    Attributes:
        group: The slots.
        step: The common divisor of all sizes.
        minimum: The smallest one.
        maximum: The largest one; None where none was found.
        source: The source of the maximum.
    """

    group: Group
    step: int
    minimum: int
    maximum: int | None = None
    source: str = TRIED


def extents(
    trials: Trials, start: Sizes, step: int | None, groups: Sequence[Group], tables: Sequence[Table]
) -> tuple[Extent, ...]:
    """Find the bounds of groups whose sizes vary independently.

    Args:
        trials: Runs the model at sizes.
        start: Accepted sizes.
        step: A change that the model accepts for all groups together; None where there is none.
        groups: The groups that the user did not bound.
        tables: The tables of the model.
    """
    scales = [
        Scale(trials=trials, start=start, group=g, step=s)
        for g, s in _steps(trials, start, step, groups)
    ]
    minima = _known(scales, _minima(scales))
    maxima = _maxima(scales, tables)
    return tuple(
        Extent(
            group=scale.group,
            step=scale.step,
            minimum=minimum,
            maximum=maximum,
            source=_source(maximum, tables),
        )
        for scale, minimum, maximum in zip(scales, minima, maxima, strict=True)
    )


def _steps(
    trials: Trials, start: Sizes, step: int | None, groups: Sequence[Group]
) -> list[tuple[Group, int]]:
    """Return each group with its own step, which may be smaller than the common one."""
    if step is not None and (step == 1 or len(groups) == 1):
        return [(group, step) for group in groups]
    alone = [(group, moves_from(trials, start, group)) for group in groups]
    return [(group, step or 1 if moves is None else moves.step) for group, moves in alone]


def _minima(scales: Sequence[Scale]) -> list[int]:
    """Find the smallest sizes of all groups, which the model accepts together."""
    together = _together(scales)
    if together is None:
        return [smallest(scale) for scale in scales]
    least = smallest(together)
    minima = [_below(scale, least) for scale in scales]
    return minima if together.trials.accepts(_at(scales, minima)) else [least for _ in scales]


def _known(scales: Sequence[Scale], minima: Sequence[int]) -> list[int]:
    """Find the smallest sizes from which on the model takes the same branches as at the start.

    Below them, Python code in the model may take another branch, as `keras.layers.CenterCrop`
    does for images that are smaller than the crop.
    """
    trials = scales[0].trials
    if trials.oracle.knows_all(trials.shapes(_at(scales, minima))):
        return list(minima)
    return [smallest_known(scale, minimum) for scale, minimum in zip(scales, minima, strict=True)]


def _below(scale: Scale, least: int) -> int:
    """Find the smallest size of a group alone, where it can be below the common smallest sizes."""
    count = least // scale.step
    if count == 1 or not scale.accepts(count - 1):
        return least
    return smallest(attrs.evolve(scale, start=resized(scale.start, scale.group, least)))


def _maxima(scales: Sequence[Scale], known: Sequence[Table]) -> list[int | None]:
    """Find the largest sizes of all groups; where they are rejected together, smaller ones."""
    tables = [table.rows for table in known]
    if len(scales) == 1:
        return [largest(scales[0], tables, [table.rows for table in known if table.is_known])]
    together = _together(scales)
    if together is None:
        return [largest(scale, tables) for scale in scales]
    most = largest(together, tables)
    if most is None:
        return [most for _ in scales]
    maxima = [largest(scale, tables) for scale in scales]
    at_most = _at(scales, [most if maximum is None else maximum for maximum in maxima])
    if None not in maxima and together.trials.accepts(at_most):
        return maxima
    return _limited(scales, most, maxima)


def _limited(scales: Sequence[Scale], most: int, maxima: Sequence[int | None]) -> list[int | None]:
    """Keep the maxima of groups limited alone, if the others are free then; else limit all."""
    trials = scales[0].trials
    larger = [2 * most if maximum is None else maximum for maximum in maxima]
    whole = [size // scale.step * scale.step for scale, size in zip(scales, larger, strict=True)]
    if None in maxima and any(m is not None for m in maxima):
        sizes = _at(scales, whole)
        if trials.accepts(sizes) or not trials.within_bounds(sizes):
            return list(maxima)
    return [most for _ in scales]


def _together(scales: Sequence[Scale]) -> Scale | None:
    """Merge all groups into one; None where their sizes or steps differ."""
    first = scales[0]
    if any((scale.size, scale.step) != (first.size, first.step) for scale in scales):
        return None
    group = first.group.union(*(scale.group for scale in scales))
    return attrs.evolve(first, group=group)


def _at(scales: Sequence[Scale], sizes: Sequence[int]) -> Sizes:
    at = scales[0].start
    for scale, size in zip(scales, sizes, strict=True):
        at = resized(at, scale.group, size)
    return at


def _source(maximum: int | None, tables: Sequence[Table]) -> str:
    rows = [table for table in tables if table.rows == maximum]
    return rows[0].source if rows else TRIED
