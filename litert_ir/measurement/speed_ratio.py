"""Tell how many times faster one file is than another, and whether that is more than noise."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import attrs

from litert_ir.measurement.timed_launches import LAUNCHES, Launch

_RESOLUTION = 0.02
"""The share of the time below which no difference is claimed: two copies of one file differ by as
much, by where their memory lies.
"""


@attrs.frozen(kw_only=True)
class SpeedRatio:
    """The time of a run of the second file over that of the first.

    Attributes:
        median: The median over the launches.
        least: The smallest of a launch.
        greatest: The largest of a launch.
        launches: The number of launches.
        is_measured: Whether the files differ beyond the spread of the measurements: in each of five
            launches by 2 % or more, the same one being faster. Fewer launches tell nothing.
    """

    median: float
    least: float
    greatest: float
    launches: int
    is_measured: bool

    @classmethod
    def of(cls, first: Sequence[Launch], second: Sequence[Launch]) -> SpeedRatio:
        """Compare the launches of two files that ran in turns.

        Each turn of the second file is compared with that of the first beside it, as the machine's
        own speed may change from turn to turn.
        """
        ratios = [_of_launch(*pair) for pair in zip(first, second, strict=True)]
        least, greatest = min(ratios), max(ratios)
        return cls(
            median=statistics.median(ratios),
            least=least,
            greatest=greatest,
            launches=len(ratios),
            is_measured=len(ratios) >= LAUNCHES
            and (least >= 1 + _RESOLUTION or greatest <= 1 / (1 + _RESOLUTION)),
        )

    @property
    def speedup(self) -> float:
        """The factor by which the faster file is faster."""
        return max(self.median, 1 / self.median)

    @property
    def first_is_faster(self) -> bool:
        """Tell whether the first file is the faster one."""
        return self.median >= 1

    def __str__(self) -> str:
        low, high = self.least, self.greatest
        if not self.first_is_faster:
            low, high = 1 / high, 1 / low
        return f"{self.speedup:.2f} x ({low:.2f} to {high:.2f} in {self.launches} launches)"


def _of_launch(first: Launch, second: Launch) -> float:
    """The median ratio of the turns; a file that needs fewer turns ends before the other."""
    pairs = zip(first.turns, second.turns, strict=False)
    return statistics.median(
        statistics.median(other) / statistics.median(one) for one, other in pairs
    )
