"""Run measurements one after the other, each in a fresh process that is watched from outside."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.assembly import measurement_of, most_anonymous, most_resident, under_way
from benchmarks.contenders import Contender
from benchmarks.events import Built, Compared, Event, Interleaved, Profiled
from benchmarks.outcomes import (
    AnyJob,
    Cap,
    Capped,
    Failure,
    Job,
    Latency,
    LatencyJob,
    Limits,
    Outcome,
    ProfileJob,
    Profiling,
    Round,
    Success,
)
from benchmarks.records import Accuracy, Stage
from benchmarks.tree import Sample
from benchmarks.watched import Watched

LATENCY_PROCESSES = 2
"""The number of times that a round's files are loaded and run; every other one in reverse.

Two copies of one file differ by more from process to process than from invocation to invocation.
"""

Announce = Callable[[AnyJob], None]
"""Called with each job before it starts."""


def run_rounds(rounds: Iterable[Round], *, limits: Limits, announce: Announce) -> Iterator[Outcome]:
    """Run rounds one by one, and give each outcome as it comes.

    Args:
        rounds: The rounds, in order.
        limits: The limits of a run.
        announce: Called with each job before it starts.

    Yields:
        One outcome per job, then those of the files run in turns, if there are any. A contender
        that was capped on a workload is left out of the workload's later rounds.
    """
    capped = set()
    for each in rounds:
        jobs = [job for job in each.jobs if (job.workload, job.contender) not in capped]
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            for outcome in _round(jobs, Path(folder), limits, announce):
                if isinstance(outcome, Capped):
                    capped.add((outcome.job.workload, outcome.job.contender))
                yield outcome


def _round(
    jobs: Sequence[Job], folder: Path, limits: Limits, announce: Announce
) -> Iterator[Outcome]:
    files: dict[Contender, Path] = {}
    for job in jobs:
        announce(job)
        path = folder / job.contender.value / "model.tflite"
        outcome = run_job(job, path, limits)
        if isinstance(outcome, Success):
            files[job.contender] = path
        yield outcome
    for process in range(LATENCY_PROCESSES if files else 0):
        contenders = tuple(files)[:: -1 if process % 2 else 1]
        together = LatencyJob(
            workload=jobs[0].workload, contenders=contenders, run=jobs[0].run, process=process
        )
        announce(together)
        yield run_latency_job(together, [files[contender] for contender in contenders], limits)


def run_job(job: Job, path: Path, limits: Limits, weights: Path | None = None) -> Outcome:
    """Run one job in a fresh process.

    Args:
        job: The job; its first round verifies, where the contender can.
        path: The path of the exported file; its folder is made.
        limits: The limits of the job.
        weights: Those of the model, where there is a recipe; see `benchmarks.quantized.fit`.

    Returns:
        The measurement, or what is known when there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with Watched(*_command(job, path, weights)) as process:
        cap = process.wait(
            limits.process_seconds, lambda sample: _cap(process.events, sample, limits)
        )
        if cap is not None:
            return _capped(job, cap, process)
        measurement = measurement_of(process.events, process.watch)
        if measurement is None or (process.failure and job.recipe is None):
            return failure_of(job, process)
        accuracy = None if job.recipe is None else _accuracy(process)
        return Success(job=job, measurement=measurement, accuracy=accuracy)


def _command(job: Job, path: Path, weights: Path | None) -> tuple[str, tuple[str, ...]]:
    """The module that measures, and its command line."""
    if job.recipe is None:
        verify = "unverified" if job.run else "verify"
        return "benchmarks.measure", (job.workload.value, job.contender.value, str(path), verify)
    names = (job.workload.value, job.recipe.value, job.contender.value)
    return "benchmarks.quantized.measure", (*names, str(weights), str(path))


def _accuracy(process: Watched) -> Accuracy:
    """Return the process's result, or the reason that it ended: a file may crash its process."""
    for event in process.events:
        if isinstance(event, Compared):
            return event.accuracy
    return Accuracy(failure=process.failure or "it ended without saying what it compared")


def run_latency_job(job: LatencyJob, paths: Sequence[Path], limits: Limits) -> Outcome:
    """Run files in turns, in a fresh process.

    Args:
        job: The job.
        paths: The files, one for each contender.
        limits: The limits of the job.
    """
    with Watched("benchmarks.latency", tuple(map(str, paths))) as process:
        process.wait(limits.process_seconds, lambda _: None)
        for event in process.events:
            if isinstance(event, Interleaved) and not process.failure:
                return Latency(job=job, files=event.files)
        return failure_of(job, process)


def run_profile_job(job: ProfileJob, limits: Limits) -> Outcome:
    """Profile a workload's export in a fresh process.

    Args:
        job: The job.
        limits: The limits of the job.
    """
    with Watched("benchmarks.profile_export", (job.workload.value,)) as process:
        process.wait(limits.process_seconds, lambda _: None)
        for event in process.events:
            if isinstance(event, Profiled) and not process.failure:
                return Profiling(job=job, profile=event.profile)
        return failure_of(job, process)


def _cap(events: Sequence[Event], sample: Sample, limits: Limits) -> Cap | None:
    """Return the limit that the cold export under way exceeds; None if it exceeds none."""
    began = under_way(events)
    if began is None or began.stage is not Stage.COLD:
        return None
    if sample.total.resident > limits.resident:
        return Cap.MEMORY
    return Cap.TIME if sample.at - began.at > limits.export_seconds else None


def _capped(job: Job, cap: Cap, process: Watched) -> Outcome:
    (built,) = (event for event in process.events if isinstance(event, Built))
    began = under_way(process.events)
    if began is None:  # it ended while it was being stopped
        return failure_of(job, process)
    samples = process.watch.between(began.at, float("inf"))
    return Capped(
        job=job,
        cap=cap,
        weights=built.weights,
        seconds=samples[-1].at - began.at,
        resident=most_resident(began, samples),
        anonymous=most_anonymous(began, samples),
    )


def failure_of(job: AnyJob, process: Watched) -> Failure:
    """The failure of a job whose process ended without a measurement."""
    return Failure(
        job=job,
        reason=process.failure or "it ended without saying what it measured",
        stderr_tail=process.stderr_tail,
    )
