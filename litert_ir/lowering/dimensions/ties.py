"""Which dynamic dimensions must have one size: those that the model refuses to have another."""

from __future__ import annotations

from litert_ir.lowering.dimensions.moves import Group, Moves, moved
from litert_ir.lowering.dimensions.trials import Trials


def tied_groups(trials: Trials, moves: Moves) -> tuple[Group, ...]:
    """The slots in groups of one size each, in the order of their first slots.

    A slot is independent where the model accepts that it changes alone. Of the others, each is
    tied to those without which it cannot change. Last, all groups have sizes of their own: what
    the model refuses then cannot be said with ties between some, and all are tied.
    """
    everyone: Group = frozenset(range(len(moves.start)))
    if len(everyone) == 1:
        return (everyone,)
    dependent = frozenset(i for i in everyone if not moves.accepted_for(trials, frozenset({i})))
    if dependent and not moves.accepted_for(trials, dependent):
        return (everyone,)
    groups = [_smallest(trials, moves, dependent, index) for index in sorted(dependent)]
    groups += [frozenset({index}) for index in everyone - dependent]
    merged = _merged(groups)
    return merged if _accepts_unequal(trials, moves, merged) else (everyone,)


def _smallest(trials: Trials, moves: Moves, dependent: Group, index: int) -> Group:
    """The slots with which one can change, none of which can be left out."""
    group = dependent
    for other in sorted(dependent - {index}):
        fewer = group - {other}
        if moves.accepted_for(trials, fewer):
            group = fewer
    return group


def _merged(groups: list[Group]) -> tuple[Group, ...]:
    """The groups, those that overlap in one."""
    merged: list[Group] = []
    for group in groups:
        apart = [other for other in merged if not other & group]
        merged = [*apart, group.union(*(other for other in merged if other & group))]
    return tuple(sorted(merged, key=min))


def _accepts_unequal(trials: Trials, moves: Moves, groups: tuple[Group, ...]) -> bool:
    """Whether the model accepts another size for each group; True where bounds forbid them."""
    if len(groups) == 1:
        return True
    for sign in sorted({1 if delta > 0 else -1 for delta in moves.deltas}):
        sizes = moves.start
        for rank, group in enumerate(groups):
            sizes = moved(sizes, group, sign * rank * moves.step)
        if trials.within_bounds(sizes):
            return trials.accepts(sizes)
    return True
