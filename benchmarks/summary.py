"""From single runs to medians, and to ratios against Keras' own exporter."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

import attrs

from benchmarks.contenders import BASELINE, Contender
from benchmarks.records import Measurement
from benchmarks.runner import Failure, Outcome, Success
from benchmarks.workloads import Workload


@attrs.frozen(kw_only=True)
class Ratio:
    """A contender's figure over the baseline's; below 1 the contender needs less.

    Args:
        of_medians: Median over median, each over all of its runs.
        in_same_round: Median of the ratios taken round by round; None when no round has both.
    """

    of_medians: float
    in_same_round: float | None


@attrs.frozen(kw_only=True)
class Cell:
    """All runs of one contender on one workload. Medians are None when every run failed.

    Args:
        workload: The workload.
        contender: The contender.
        successes: Runs that were measured.
        failures: Runs that failed.
        seconds: Median wall time of an export.
        peak_bytes: Median peak of memory above the built model.
        file_bytes: Median size of the file.
        verify_seconds: Median time of verification, a part of ``seconds``; None without one.
        seconds_ratio: ``seconds`` against the baseline; None when either has no run.
        peak_ratio: ``peak_bytes`` against the baseline; None when either has no run.
        strategies: The conversions that succeeded, sorted, each once.
    """

    workload: Workload
    contender: Contender
    successes: int
    failures: int
    seconds: float | None
    peak_bytes: float | None
    file_bytes: float | None
    verify_seconds: float | None
    seconds_ratio: Ratio | None
    peak_ratio: Ratio | None
    strategies: tuple[str, ...]


def summarize(outcomes: Iterable[Outcome]) -> tuple[Cell, ...]:
    """Gather runs into one cell per workload and contender.

    Args:
        outcomes: Runs in any order; the failed ones count as failures of their cell.

    Returns:
        The cells, in the order in which their first run comes.
    """
    groups: dict[tuple[Workload, Contender], list[Outcome]] = {}
    for outcome in outcomes:
        key = (outcome.job.workload, outcome.job.contender)
        groups.setdefault(key, []).append(outcome)
    return tuple(
        _cell(group, _by_round(groups.get((workload, BASELINE), ())))
        for (workload, _), group in groups.items()
    )


def _cell(group: Sequence[Outcome], baseline: dict[int, Measurement]) -> Cell:
    job = group[0].job
    runs = _by_round(group)
    verified = [run.verify_seconds for run in runs.values() if run.verify_seconds is not None]
    return Cell(
        workload=job.workload,
        contender=job.contender,
        successes=len(runs),
        failures=sum(isinstance(outcome, Failure) for outcome in group),
        seconds=_median(run.seconds for run in runs.values()),
        peak_bytes=_median(run.peak_bytes for run in runs.values()),
        file_bytes=_median(run.file_bytes for run in runs.values()),
        verify_seconds=_median(verified),
        seconds_ratio=_ratio(runs, baseline, lambda run: run.seconds),
        peak_ratio=_ratio(runs, baseline, lambda run: run.peak_bytes),
        strategies=tuple(sorted({run.exported.strategy for run in runs.values()})),
    )


def _by_round(group: Iterable[Outcome]) -> dict[int, Measurement]:
    return {
        outcome.job.run: outcome.measurement for outcome in group if isinstance(outcome, Success)
    }


def _median(values: Iterable[float]) -> float | None:
    known = tuple(values)
    return statistics.median(known) if known else None


def _ratio(
    runs: dict[int, Measurement],
    baseline: dict[int, Measurement],
    figure: Callable[[Measurement], float],
) -> Ratio | None:
    """Compare a figure; a baseline of zero has no ratio."""
    above = _median(figure(run) for run in runs.values())
    below = _median(figure(run) for run in baseline.values())
    if above is None or not below:
        return None
    paired = _median(
        figure(runs[index]) / figure(baseline[index])
        for index in runs.keys() & baseline.keys()
        if figure(baseline[index])
    )
    return Ratio(of_medians=above / below, in_same_round=paired)
