"""Which dynamic dimensions must have one size: those that the model refuses to have another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from litert_ir.lowering.dimensions.moves import Group, Moves, moved
from litert_ir.lowering.dimensions.slots import Sizes
from litert_ir.lowering.dimensions.trials import Trials

MOST_TIED = 7
"""Of more dimensions that cannot change alone, it is not found out which are tied to which."""


def tied_groups(trials: Trials, moves: Moves, slots: Group) -> tuple[Group, ...]:
    """The slots in groups of one size each, in the order of their first slots.

    A slot is independent where the model accepts that it changes alone. Of the others, each is
    tied to those with which it can change, as few as possible. Last, all groups have sizes of
    their own: what the model refuses then cannot be said with ties between some, and all are
    tied.

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
    ordered = tuple(sorted(groups, key=min))
    return ordered if _accepts_unequal(trials, moves, ordered) else (slots,)


def _smallest(trials: Trials, moves: Moves, dependent: Group) -> Group:
    """The smallest group around the first slot that can change alone; else all."""
    first = frozenset({min(dependent)})
    others = sorted(dependent - first)
    for count in range(1, len(others) if len(dependent) <= MOST_TIED else 1):
        for chosen in itertools.combinations(others, count):
            if moves.accepted_for(trials, first.union(chosen)):
                return first.union(chosen)
    return dependent


def _accepts_unequal(trials: Trials, moves: Moves, groups: tuple[Group, ...]) -> bool:
    """Whether the model accepts another size for each group, in one of a few choices.

    True as well where the user's bounds forbid them all.
    """
    upwards = range(len(groups))
    apart = [(rank + 1) // 2 * (-1) ** rank for rank in upwards]
    choices = [
        _unequal(moves, groups, [sign * steps for steps in counts])
        for sign, counts in itertools.product((1, -1), (upwards, apart))
    ]
    possible = [sizes for sizes in choices if trials.within_bounds(sizes)]
    return len(groups) == 1 or not possible or any(map(trials.accepts, possible))


def _unequal(moves: Moves, groups: tuple[Group, ...], steps: Iterable[int]) -> Sizes:
    sizes = moves.start
    for group, count in zip(groups, steps, strict=True):
        sizes = moved(sizes, group, count * moves.step)
    return sizes
