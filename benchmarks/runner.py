"""Run measurements one after the other, each in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import attrs
import cattrs
from attrs.validators import ge

from benchmarks.contenders import Contender
from benchmarks.records import Measurement
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


@attrs.frozen(kw_only=True)
class Job:
    """One run to make: a workload, a contender, and the number of the round, from 0."""

    workload: Workload
    contender: Contender
    run: int = attrs.field(validator=ge(0))


@attrs.frozen(kw_only=True)
class Success:
    """A job that was measured."""

    job: Job
    measurement: Measurement


@attrs.frozen(kw_only=True)
class Failure:
    """A job whose process ended without a measurement.

    Args:
        job: The job.
        reason: What happened, in one line.
        stderr_tail: The last lines of the process' standard error.
    """

    job: Job
    reason: str
    stderr_tail: str


Outcome: TypeAlias = Success | Failure


def schedule(
    workloads: Sequence[Workload], contenders: Sequence[Contender], runs: int
) -> tuple[Job, ...]:
    """Return all jobs in order: per workload, the contenders take turns in every round.

    Taking turns lets a slow drift of the machine fall on all contenders alike.

    Args:
        workloads: The workloads, in order.
        contenders: The contenders, in the order of their turns.
        runs: Number of rounds.

    Returns:
        ``len(workloads) * runs * len(contenders)`` jobs.
    """
    return tuple(
        Job(workload=workload, contender=contender, run=run)
        for workload in workloads
        for run in range(runs)
        for contender in contenders
    )


def run_jobs(
    jobs: Iterable[Job], *, timeout_seconds: float, before: Callable[[Job], None]
) -> Iterator[Outcome]:
    """Run jobs one by one, and give each outcome as it comes.

    Args:
        jobs: The jobs, in order.
        timeout_seconds: After so long a job is stopped and counts as failed.
        before: Called with each job before it starts.

    Yields:
        One outcome per job, in the same order.
    """
    for job in jobs:
        before(job)
        yield run_job(job, timeout_seconds=timeout_seconds)


def run_job(job: Job, *, timeout_seconds: float) -> Outcome:
    """Run one job in a fresh process.

    Args:
        job: The job.
        timeout_seconds: After so long the process is stopped and the job counts as failed.

    Returns:
        The measurement, or what is known of the failure.
    """
    command = (sys.executable, "-m", "benchmarks.measure", job.workload.value, job.contender.value)
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            env=os.environ | CHILD_ENVIRONMENT,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        reason = f"stopped after {timeout_seconds:g} s"
        return Failure(job=job, reason=reason, stderr_tail=_tail(expired.stderr))
    if done.returncode != 0:
        reason = f"exit status {done.returncode}"
        return Failure(job=job, reason=reason, stderr_tail=_tail(done.stderr))
    return _outcome(job, done)


def _outcome(job: Job, done: subprocess.CompletedProcess[str]) -> Outcome:
    """Read the last line printed: frameworks may have printed lines of their own before it."""
    last_line = done.stdout.strip().rpartition("\n")[2]
    try:
        document = json.loads(last_line)
    except json.JSONDecodeError:
        reason = f"no JSON in the last line printed: {last_line!r}"
        return Failure(job=job, reason=reason, stderr_tail=_tail(done.stderr))
    return Success(job=job, measurement=cattrs.structure(document, Measurement))


def _tail(stderr: str | bytes | None) -> str:
    text = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr or ""
    return "\n".join(text.strip().splitlines()[-TAIL_LINES:])
