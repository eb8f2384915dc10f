"""The runs to make, and their outcomes."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs
from attrs.validators import ge, gt

from benchmarks.contenders import Contender
from benchmarks.quantized.recipes import Recipe
from benchmarks.records import Accuracy, Measurement, Profile, Timed
from benchmarks.workloads import Workload


@attrs.frozen(kw_only=True)
class Job:
    """A workload to export with a contender.

    Args:
        workload: The workload.
        contender: The contender.
        run: The number of the round, from 0.
        recipe: How to quantize; None for an export that says nothing of it, after which the
            file is timed. A file by a recipe, `Recipe.FLOAT` included, is compared with the
            model instead.
    """

    workload: Workload
    contender: Contender
    run: int = attrs.field(validator=ge(0))
    recipe: Recipe | None = None

    @property
    def title(self) -> str:
        """The name of the outcome in tables."""
        names = (self.workload, *((self.recipe,) if self.recipe else ()), self.contender)
        return f"{' / '.join(name.value for name in names)}, run {self.run + 1}"


@attrs.frozen(kw_only=True)
class LatencyJob:
    """The files of a round to run in turns, in one process of several.

    Args:
        workload: The workload.
        contenders: Those that gave a file, in the order in which the files are loaded.
        run: The number of the round, from 0.
        process: The number of the process in this round, from 0.
    """

    workload: Workload
    contenders: tuple[Contender, ...]
    run: int = attrs.field(validator=ge(0))
    process: int = attrs.field(validator=ge(0))

    @property
    def title(self) -> str:
        """The name of the outcome in tables."""
        return f"{self.workload.value} / latency {self.process + 1}, run {self.run + 1}"


@attrs.frozen
class ProfileJob:
    """A workload whose export by way of StableHLO to profile."""

    workload: Workload

    @property
    def title(self) -> str:
        """The name of the outcome in tables."""
        return f"{self.workload.value} / profile"


@attrs.frozen
class FitJob:
    """A workload whose weights to fit before recipes are compared on it."""

    workload: Workload

    @property
    def title(self) -> str:
        """The name of the outcome in tables."""
        return f"{self.workload.value} / weights"


AnyJob: TypeAlias = Job | LatencyJob | ProfileJob | FitJob


class Cap(enum.Enum):
    """The limit that a cold export exceeded."""

    TIME = "time"
    MEMORY = "memory"


@attrs.frozen(kw_only=True)
class Limits:
    """The limits at which a run is stopped.

    Args:
        process_seconds: For the whole process, from its start to its end.
        export_seconds: For the cold export.
        resident: Bytes of resident memory for the process tree during the cold export.
    """

    process_seconds: float = attrs.field(validator=gt(0))
    export_seconds: float = attrs.field(validator=gt(0))
    resident: float = attrs.field(validator=gt(0))


@attrs.frozen(kw_only=True)
class Success:
    """A job that was measured.

    Args:
        job: The job.
        measurement: The measurement.
        accuracy: The errors of the file against the model; None for a job without a recipe.
    """

    job: Job
    measurement: Measurement
    accuracy: Accuracy | None = None


@attrs.frozen(kw_only=True)
class Capped:
    """A job whose cold export was stopped because it took too much; its later rounds are not run.

    Args:
        job: The job.
        cap: The limit that it exceeded.
        weights: Bytes of the model's weights.
        seconds: The duration of the export until it was stopped.
        resident: The most extra resident memory until then, in bytes.
        anonymous: The most extra anonymous memory until then, in bytes.
    """

    job: Job
    cap: Cap
    weights: int
    seconds: float
    resident: int
    anonymous: int


@attrs.frozen(kw_only=True)
class Failure:
    """A job whose process ended without a measurement.

    Args:
        job: The job.
        reason: The reason, in one line.
        stderr_tail: The last lines of the process' standard error.
    """

    job: AnyJob
    reason: str
    stderr_tail: str


@attrs.frozen(kw_only=True)
class Latency:
    """Files that were run in turns.

    Args:
        job: The job.
        files: Invocations per contender, in the job's order.
    """

    job: LatencyJob
    files: tuple[Timed, ...]

    def of(self, contender: Contender) -> Timed | None:
        """The invocations of a contender's file; None when there was no file, or it fails."""
        for candidate, timed in zip(self.job.contenders, self.files, strict=True):
            if candidate is contender and timed.invocations:
                return timed
        return None


@attrs.frozen(kw_only=True)
class Profiling:
    """A workload that was profiled."""

    job: ProfileJob
    profile: Profile


Outcome: TypeAlias = Success | Capped | Failure | Latency | Profiling


@attrs.frozen(kw_only=True)
class Round:
    """One round of a workload: the contenders take turns, then their files are run in turns."""

    workload: Workload
    jobs: tuple[Job, ...]

    @property
    def number(self) -> int:
        """From 0."""
        return self.jobs[0].run


def schedule(
    workloads: Sequence[Workload], contenders: Sequence[Contender], runs: int
) -> tuple[Round, ...]:
    """Return all rounds in order, workload by workload.

    Taking turns lets a slow drift of the machine fall on all contenders alike.

    Args:
        workloads: The workloads, in order.
        contenders: The contenders, in the order of their turns.
        runs: Number of rounds of each workload.
    """

    def jobs(workload: Workload, run: int) -> Iterator[Job]:
        for contender in contenders:
            yield Job(workload=workload, contender=contender, run=run)

    return tuple(
        Round(workload=workload, jobs=tuple(jobs(workload, run)))
        for workload in workloads
        for run in range(runs)
    )
