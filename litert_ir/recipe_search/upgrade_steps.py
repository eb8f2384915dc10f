"""Order the upgrades of layer groups to larger precisions by the error that each byte removes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import attrs

from litert_ir.ir.quantization import Precision


@attrs.frozen(kw_only=True)
class Rung:
    """A precision that a group may have.

    Attributes:
        precision: The precision.
        cost: Its cost above that of the cheapest file: bytes, or any other unit.
        noise: The mean squared error that it adds, in any unit that all groups share; errors of
            different groups add up as those of independent ones do.
    """

    precision: Precision
    cost: float
    noise: float


@attrs.frozen(kw_only=True)
class Step:
    """One upgrade of a group.

    Attributes:
        group: The group's number.
        precision: Its precision after the step.
        gain: The noise that the step removes per unit of cost; infinite where it costs nothing.
    """

    group: int
    precision: Precision
    gain: float


def lowest(rungs: Sequence[Rung]) -> Precision:
    """Return the precision that a group starts with: the cheapest, of equal ones the least noisy.

    Raises:
        ValueError: When there is no rung.
    """
    return _hull(rungs)[0].precision


def upgrade_steps(ladders: Sequence[Sequence[Rung]]) -> tuple[Step, ...]:
    """Order the upgrades of all groups, the one with the largest gain first.

    A rung that costs more and removes less than what lies between its neighbours is skipped, so
    that the gains of a group's steps fall and their order is that of its rungs.

    Args:
        ladders: The rungs of each group, in any order.

    Example:
        >>> int4 = Rung(precision=Precision.WEIGHT_ONLY_INT4, cost=0, noise=9)
        >>> half = Rung(precision=Precision.FLOAT16_WEIGHTS, cost=3, noise=0)
        >>> more = Rung(precision=Precision.FLOAT16_WEIGHTS, cost=1, noise=0)
        >>> [step.group for step in upgrade_steps([(int4, half), (int4, more)])]
        [1, 0]
    """
    steps = [
        Step(group=number, precision=upper.precision, gain=_gain(lower, upper))
        for number, rungs in enumerate(ladders)
        for lower, upper in itertools.pairwise(_hull(rungs))
    ]
    return tuple(sorted(steps, key=lambda step: -step.gain))


def _hull(rungs: Sequence[Rung]) -> list[Rung]:
    """The rungs on the lower convex hull of noise over cost, the cheapest first."""
    hull: list[Rung] = []
    for rung in sorted(rungs, key=lambda rung: (rung.cost, rung.noise)):
        if hull and rung.noise >= hull[-1].noise:
            continue
        while len(hull) > 1 and _gain(hull[-2], hull[-1]) <= _gain(hull[-1], rung):
            hull.pop()
        hull.append(rung)
    return hull


def _gain(lower: Rung, upper: Rung) -> float:
    cost = upper.cost - lower.cost
    return (lower.noise - upper.noise) / cost if cost > 0 else math.inf
