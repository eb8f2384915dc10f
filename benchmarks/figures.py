"""Figures that may be bounds, and ratios of them."""

from __future__ import annotations

import enum
import statistics
from collections.abc import Hashable, Mapping
from typing import Generic, TypeAlias, TypeVar

import attrs

K = TypeVar("K", bound=Hashable)

Rounds: TypeAlias = Mapping[K, float]
"""A figure by the key of the round."""


class Relation(enum.Enum):
    """The relation of a figure to the true value; the value is the sign in front of the figure."""

    IS = ""
    AT_LEAST = ">"
    AT_MOST = "<"


@attrs.frozen
class Figure:
    """A number that is exact, or a bound of one that is not known."""

    value: float
    relation: Relation = Relation.IS


@attrs.frozen(kw_only=True)
class Ratio:
    """A contender's figure over the baseline's; below 1 the contender needs less.

    Args:
        of_medians: Median over median, each over all of its runs.
        in_same_round: Median of the ratios taken round by round; None when no round has both.
    """

    of_medians: Figure
    in_same_round: float | None = None


@attrs.frozen(kw_only=True)
class Quantity:
    """One figure of one contender on one workload.

    Args:
        median: Over the runs; a bound where the contender was capped.
        ratio: Against the baseline; None where the baseline has no such figure, or zero.
    """

    median: Figure
    ratio: Ratio | None = None


@attrs.frozen
class Series(Generic[K]):
    """A figure over the rounds.

    Args:
        rounds: Where it was measured.
        at_least: What it had come to in a run that was stopped; None when none was.
    """

    rounds: Rounds[K]
    at_least: float | None = None

    @property
    def median(self) -> Figure | None:
        """The median; a lower bound where a run was stopped; None without any run."""
        if self.at_least is not None:
            return Figure(self.at_least, Relation.AT_LEAST)
        return Figure(statistics.median(self.rounds.values())) if self.rounds else None


def quantity(own: Series[K], baseline: Series[K]) -> Quantity | None:
    """Take a contender's median, and its ratio to the baseline's.

    Args:
        own: The contender's figure.
        baseline: The baseline's.

    Returns:
        None without any run of the contender.
    """
    above, below = own.median, baseline.median
    if above is None:
        return None
    relation = None if below is None else _relation(above, below)
    if below is None or not below.value or relation is None:
        return Quantity(median=above)
    paired = [
        own.rounds[run] / baseline.rounds[run]
        for run in own.rounds.keys() & baseline.rounds.keys()
        if baseline.rounds[run]
    ]
    ratio = Ratio(
        of_medians=Figure(above.value / below.value, relation),
        in_same_round=statistics.median(paired) if paired else None,
    )
    return Quantity(median=above, ratio=ratio)


def _relation(above: Figure, below: Figure) -> Relation | None:
    """Bound the quotient of two figures; None where their bounds imply none."""
    match above.relation, below.relation:
        case Relation.IS, Relation.IS:
            return Relation.IS
        case Relation.AT_LEAST, Relation.IS:
            return Relation.AT_LEAST
        case Relation.IS, Relation.AT_LEAST:
            return Relation.AT_MOST
        case _:
            return None
