"""Run measurements one after the other, each in a fresh process that is watched from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import attrs

from benchmarks.assembly import measurement_of, most_anonymous, most_resident, under_way
from benchmarks.contenders import Contender
from benchmarks.events import Built, Event, Interleaved, heard
from benchmarks.outcomes import (
    Cap,
    Capped,
    Failure,
    Job,
    Latency,
    LatencyJob,
    Limits,
    Outcome,
    Round,
    Success,
)
from benchmarks.records import Stage
from benchmarks.tree import SAMPLE_SECONDS, Sample, TreeWatch
from benchmarks.workloads import Workload

CHILD_ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}
"""Set for every measured process, over what this process has: no GPU, no TensorFlow chatter."""

TAIL_LINES = 30
"""Lines of standard error that a failure keeps."""

_ROOT = Path(__file__).resolve().parent.parent


def run_rounds(
    rounds: Iterable[Round], *, limits: Limits, before: Callable[[Job | LatencyJob], None]
) -> Iterator[Outcome]:
    """Run rounds one by one, and give each outcome as it comes.

    Args:
        rounds: The rounds, in order.
        limits: What a run may use.
        before: Called with each job before it starts.

    Yields:
        One outcome per job, then that of the files run in turns, if there are any. A contender
        that was capped on a workload is left out of the workload's later rounds.
    """
    capped: set[tuple[Workload, Contender]] = set()
    for each in rounds:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            files: dict[Contender, Path] = {}
            for job in each.jobs:
                if (job.workload, job.contender) in capped:
                    continue
                before(job)
                path = Path(folder, job.contender.value, "model.tflite")
                outcome = run_job(job, path, limits)
                if isinstance(outcome, Success):
                    files[job.contender] = path
                elif isinstance(outcome, Capped):
                    capped.add((job.workload, job.contender))
                yield outcome
            if files:
                latency_job = LatencyJob(
                    workload=each.workload, contenders=tuple(files), run=each.number
                )
                before(latency_job)
                yield run_latency_job(latency_job, tuple(files.values()), limits)


def run_job(job: Job, path: Path, limits: Limits) -> Outcome:
    """Run one job in a fresh process.

    Args:
        job: The job; its first round verifies, where the contender can.
        path: Where the exported file goes; its folder is made.
        limits: What it may use.

    Returns:
        The measurement, or what is known when there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    verify = "unverified" if job.run else "verify"
    arguments = (job.workload.value, job.contender.value, str(path), verify)
    with Watched("benchmarks.measure", arguments) as process:
        cap = process.wait(limits, lambda sample: _cap(process.events, sample, limits))
        if cap is not None:
            return _capped(job, cap, process)
        measurement = measurement_of(process.events, process.watch)
        if process.failure or measurement is None:
            return process.as_failure(job)
        return Success(job=job, measurement=measurement)


def run_latency_job(job: LatencyJob, paths: Sequence[Path], limits: Limits) -> Outcome:
    """Run files in turns, in a fresh process.

    Args:
        job: The job.
        paths: The files, one for each contender.
        limits: What it may use.
    """
    arguments = (job.workload.value, *map(str, paths))
    with Watched("benchmarks.latency", arguments) as process:
        process.wait(limits, lambda _: None)
        for event in process.events:
            if isinstance(event, Interleaved) and not process.failure:
                return Latency(job=job, files=event.files)
        return process.as_failure(job)


def _cap(events: Sequence[Event], sample: Sample, limits: Limits) -> Cap | None:
    """What the cold export under way has too much of."""
    began = under_way(events)
    if began is None or began.stage is not Stage.COLD:
        return None
    if sample.total.resident > limits.resident:
        return Cap.MEMORY
    return Cap.TIME if sample.at - began.at > limits.export_seconds else None
