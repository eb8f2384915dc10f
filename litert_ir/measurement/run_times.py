"""Summarize how long the runs of a file take, over several launches of its process."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import attrs
import numpy as np

from litert_ir.measurement.timed_launches import Launch

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


@attrs.frozen(kw_only=True)
class RunTimes:
    """The durations of the timed runs of a file, in seconds.

    Attributes:
        median_s: Their median.
        p95_s: What 95 % of them stay below.
        least_s: The shortest.
        launch_medians_s: The median of each launch of the process.
        runs: Their number.
        load_s: The duration of loading the file; the median over the launches.
        first_run_s: The duration of the first run after loading, which is not among the timed ones;
            the median over the launches.
    """

    median_s: float
    p95_s: float
    least_s: float
    launch_medians_s: tuple[float, ...]
    runs: int
    load_s: float
    first_run_s: float

    @classmethod
    def of(cls, launches: Sequence[Launch]) -> RunTimes:
        """Summarize the launches of a file."""
        seconds = [second for launch in launches for second in launch.seconds]
        return cls(
            median_s=statistics.median(seconds),
            p95_s=float(np.quantile(seconds, 0.95)),
            least_s=min(seconds),
            launch_medians_s=tuple(statistics.median(launch.seconds) for launch in launches),
            runs=len(seconds),
            load_s=statistics.median(launch.start.load_s for launch in launches),
            first_run_s=statistics.median(launch.start.first_run_s for launch in launches),
        )


def time_text(seconds: float) -> str:
    """Format a duration with three digits, in the largest unit that keeps it at 1 or more.

    Example:
        >>> time_text(2.5), time_text(0.01337), time_text(0.0000042), time_text(0.12345)
        ('2.5 s', '13.4 ms', '4.2 us', '123 ms')
    """
    unit, name = next(((unit, name) for unit, name in _UNITS if seconds >= unit), _UNITS[-1])
    return f"{seconds / unit:.3g} {name}"
