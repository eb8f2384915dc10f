"""Find the dynamic dimensions that are tied to one size: the model rejects changing them alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from litert_ir.lowering.dimensions.moves import Group, Moves, moves_from
from litert_ir.lowering.dimensions.slots import Sizes
from litert_ir.lowering.dimensions.trials import Trials

MOST_TIED = 7
"""The most dependent dimensions for which the ties are searched."""


def tied_groups(trials: Trials, moves: Moves, slots: Group) -> tuple[Group, ...]:
    """Partition the slots into groups tied to one size each, in the order of their first slots.

    A slot is independent if the model accepts changing it alone. Each of the others is tied to the
    smallest group that it can change with.

    Args:
        trials: Asks the model.
        moves: Changes of all these slots.
        slots: The slots.
    """
    if len(slots) == 1:
        return (slots,)
    groups = [frozenset({i}) for i in slots if moves.accepted_for(trials, frozenset({i}))]
    dependent = slots.difference(*groups)
    while dependent:
        group = _smallest(trials, moves, dependent)
        groups.append(group)
        dependent -= group
    return tuple(sorted(groups, key=min))


def groups_that_move(trials: Trials, start: Sizes, slots: Group) -> tuple[Group, ...]:
    """Find the groups where no change of all slots is accepted: some are largest at the start.

    Args:
        trials: Asks the model.
        start: Accepted sizes.
        slots: The slots.

    Returns:
        The smallest groups that can change, each by a number of its own; empty where some slots
        cannot.
    """
    groups: list[Group] = []
    while slots:
        possible = (g for g in _around_first(slots) if moves_from(trials, start, g) is not None)
        group = next(possible, None)
        if group is None:
            return ()
        groups.append(group)
        slots -= group
    return tuple(groups)


def _smallest(trials: Trials, moves: Moves, dependent: Group) -> Group:
    """Find the smallest group around the first slot that can change, but not alone; else all."""
    candidates = (group for group in _around_first(dependent) if len(group) > 1)
    return next((g for g in candidates if moves.accepted_for(trials, g)), dependent)


def _around_first(slots: Group) -> Iterator[Group]:
    """Yield the groups that the first slot can be in, small ones first, all slots last."""
    first = frozenset({min(slots)})
    others = sorted(slots - first)
    for count in range(len(others) if len(slots) <= MOST_TIED else 1):
        yield from (first.union(chosen) for chosen in itertools.combinations(others, count))
    yield slots
