"""Gather single runs into medians and ratios against Keras' own exporter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

from benchmarks.contenders import BASELINE, Contender
from benchmarks.figures import Quantity, Rounds, Series, quantity
from benchmarks.outcomes import Cap, Capped, Failure, Job, Latency, Outcome, Success
from benchmarks.records import Measurement, Stage
from benchmarks.workloads import Workload


@attrs.frozen(kw_only=True)
class Cell:
    """All runs of one contender on one workload. Quantities are None when no run gave one.

    Args:
        workload: The workload.
        contender: The contender.
        weights: Bytes of the model's weights; None when no run came so far.
        successes: Runs that were measured.
        failures: Runs that failed.
        cap: The limit that stopped the contender.
        cold: Seconds of the first export of a process.
        warm: Seconds of the second one.
        verify: Seconds that verification takes on top.
        resident: Extra resident bytes of the process tree during the cold export.
        anonymous: Extra anonymous bytes.
        children: The part of ``resident`` in the processes that the exporter started.
        file: Bytes of the file.
        operators: Operators in the file.
        latency: Seconds of an invocation of the file; a round is a process here.
        strategies: The conversions that succeeded, sorted, each once.
    """

    workload: Workload
    contender: Contender
    weights: int | None
    successes: int
    failures: int
    cap: Cap | None
    cold: Quantity | None
    warm: Quantity | None
    verify: Quantity | None
    resident: Quantity | None
    anonymous: Quantity | None
    children: Quantity | None
    file: Quantity | None
    operators: Quantity | None
    latency: Quantity | None
    strategies: tuple[str, ...]


def summarize(outcomes: Iterable[Outcome]) -> tuple[Cell, ...]:
    """Gather runs into one cell per workload and contender.

    Args:
        outcomes: Runs in any order; the failed ones count as failures of their cell.

    Returns:
        The cells, in the order in which their first run comes.
    """
    known = tuple(outcomes)
    keys = dict.fromkeys(
        (outcome.job.workload, outcome.job.contender)
        for outcome in known
        if isinstance(outcome.job, Job)
    )
    return tuple(
        _cell(*key, _Group.of(known, *key), _Group.of(known, key[0], BASELINE)) for key in keys
    )


Reading: TypeAlias = Callable[[Measurement], float | None]
"""Takes one figure from a measurement, where it has it."""

UntilCapped: TypeAlias = Callable[[Capped], float]
"""Takes what the figure had come to when the run was stopped."""


@attrs.frozen(kw_only=True)
class _Group:
    """The outcomes of one contender on one workload."""

    measured: Mapping[int, Measurement]
    latencies: Rounds[tuple[int, int]]
    capped: Capped | None
    failures: int

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], workload: Workload, contender: Contender) -> _Group:
        here = [each for each in outcomes if each.job.workload is workload]
        own = [each for each in here if _is_of(each, contender)]
        timed = (
            ((each.job.run, each.job.process), each.of(contender))
            for each in here
            if isinstance(each, Latency)
        )
        return cls(
            measured={each.job.run: each.measurement for each in own if isinstance(each, Success)},
            latencies={key: each.median for key, each in timed if each and each.median},
            capped=next((each for each in own if isinstance(each, Capped)), None),
            failures=sum(isinstance(each, Failure) for each in own),
        )

    def series(self, reading: Reading, until_capped: UntilCapped | None = None) -> Series[int]:
        """A figure of each round that has it."""
        readings = ((run, reading(measured)) for run, measured in self.measured.items())
        capped = self.capped
        at_least = until_capped(capped) if until_capped and capped else None
        return Series({run: value for run, value in readings if value is not None}, at_least)

    @property
    def weights(self) -> int | None:
        if self.capped:
            return self.capped.weights
        return next((measured.weights for measured in self.measured.values()), None)

    @property
    def strategies(self) -> tuple[str, ...]:
        return tuple(sorted({run.cold.exported.strategy for run in self.measured.values()}))


def _is_of(outcome: Outcome, contender: Contender) -> bool:
    return isinstance(outcome.job, Job) and outcome.job.contender is contender


def _cell(workload: Workload, contender: Contender, group: _Group, baseline: _Group) -> Cell:
    def compared(reading: Reading, until_capped: UntilCapped | None = None) -> Quantity | None:
        return quantity(group.series(reading, until_capped), baseline.series(reading, until_capped))

    return Cell(
        workload=workload,
        contender=contender,
        weights=group.weights,
        successes=len(group.measured),
        failures=group.failures,
        cap=group.capped.cap if group.capped else None,
        cold=compared(lambda each: each.cold.seconds, lambda capped: capped.seconds),
        warm=compared(_warm_seconds),
        verify=compared(_verify_seconds),
        resident=compared(lambda each: each.cold.extra.resident, lambda capped: capped.resident),
        anonymous=compared(lambda each: each.cold.extra.anonymous, lambda capped: capped.anonymous),
        children=compared(lambda each: each.cold.extra.children),
        file=compared(lambda each: each.file.size),
        operators=compared(lambda each: each.file.operator_count),
        latency=quantity(Series(group.latencies), Series(baseline.latencies)),
        strategies=group.strategies,
    )


def _warm_seconds(measurement: Measurement) -> float | None:
    run = measurement.at(Stage.WARM)
    return None if run is None else run.seconds


def _verify_seconds(measurement: Measurement) -> float | None:
    run = measurement.at(Stage.VERIFIED)
    return None if run is None or run.exported.phases is None else run.exported.phases.verify
