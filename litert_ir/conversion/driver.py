"""Try the strategies in order until one gives a file that does what the plan says."""

from __future__ import annotations

import contextlib
import itertools
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.conversion.attempts import Attempt, Outcome
from litert_ir.conversion.native_output import captured_native_output
from litert_ir.conversion.progress import Progress, logger
from litert_ir.conversion.protocol import Artifact, ConversionStrategy
from litert_ir.conversion.result import ExportResult, Timings
from litert_ir.conversion.target import PendingFile, pending_file
from litert_ir.errors import AllStrategiesFailedError, ConversionError
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.given_samples import Samples
from litert_ir.runtime.parity import ParityReport, Verification, verify_file

_CALIBRATION_SAMPLES_COMPARED = 4
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of ru_maxrss; source: getrusage(2) of macOS and of Linux."""


@attrs.frozen(kw_only=True)
class Job:
    """One execution of a plan.

    Attributes:
        plan: What to make.
        model: The Keras model that the plan was lowered from.
        target: Where to put the file; None to keep it in memory.
        strategies: In the order in which to try them.
        calibration: The checked representative dataset, if the plan asks for one.
        verification: How to compare with the model; None to skip that.
        verbose: Whether native output goes to the terminal.
        on_progress: Told about each phase as it begins.
    """

    plan: ExportPlan
    model: Any
    target: Path | None
    strategies: Sequence[ConversionStrategy]
    calibration: Samples | None
    verification: Verification | None
    verbose: bool
    on_progress: Progress


@attrs.define
class _Clock:
    """Adds up the seconds spent in each phase, over all attempts."""

    seconds: dict[str, float] = attrs.field(factory=dict)

    def time(self, phase: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        try:
            return work()
        finally:
            spent = time.perf_counter() - started
            self.seconds[phase] = self.seconds.get(phase, 0.0) + spent


def run_job(job: Job) -> ExportResult:
    """Execute a plan; the target is replaced only by a file that was accepted.

    Raises:
        AllStrategiesFailedError: When every strategy refused or failed.
        TargetError: When the file cannot be written.
    """
    attempts: list[Attempt] = []
    clock = _Clock()
    with pending_file(job.target) as pending:
        for strategy in job.strategies:
            parity = _attempt(job, strategy, pending, attempts, clock)
            if attempts[-1].outcome is Outcome.ACCEPTED:
                pending.commit()
                return _result(job, pending, attempts, parity, clock)
    raise AllStrategiesFailedError(attempts, advice=_advice(attempts))


def _attempt(
    job: Job,
    strategy: ConversionStrategy,
    pending: PendingFile,
    attempts: list[Attempt],
    clock: _Clock,
) -> ParityReport | None:
    """Make one attempt and note how it ended; the report of an accepted file is returned."""
    refusal = strategy.refuses(job.plan)
    if refusal is not None:
        attempts.append(
            Attempt(strategy=strategy.name, outcome=Outcome.REFUSED, reason=refusal.reason)
        )
        return None
    started, peak = time.perf_counter(), _peak_rss()
    parity, error = None, None
    try:
        artifact = clock.time("convert", lambda: _convert(job, strategy))
        clock.time("write", lambda: pending.write(artifact.content))
        parity = clock.time("verify", lambda: _verify(job, strategy, pending))
    except ConversionError as failure:
        logger.info("%s failed: %s", strategy.name, failure)
        error = failure
    attempts.append(
        Attempt(
            strategy=strategy.name,
            outcome=Outcome.FAILED if error else Outcome.ACCEPTED,
            seconds=time.perf_counter() - started,
            peak_growth=_peak_rss() - peak,
            error=error,
        )
    )
    return parity


def _convert(job: Job, strategy: ConversionStrategy) -> Artifact:
    job.on_progress(f"{strategy.name}: converting")
    with captured_native_output(passed_through=job.verbose) as output, _without_warnings():
        try:
            return strategy.convert(job.plan, job.model, job.calibration)
        except ConversionError as error:
            failure = error
    failure.native_output = output.tail
    raise failure


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Converters warn at every turn; what the model itself warns of was seen when planning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _verify(job: Job, strategy: ConversionStrategy, pending: PendingFile) -> ParityReport | None:
    if job.verification is None:
        return None
    job.on_progress(f"{strategy.name}: comparing with the model")
    calibration = tuple(itertools.islice(job.calibration or (), _CALIBRATION_SAMPLES_COMPARED))
    with captured_native_output(passed_through=job.verbose):
        return verify_file(pending.path, job.plan, job.model, job.verification, calibration)


def _result(
    job: Job,
    pending: PendingFile,
    attempts: Sequence[Attempt],
    parity: ParityReport | None,
    clock: _Clock,
) -> ExportResult:
    path = job.target or pending.path
    return ExportResult(
        path=job.target,
        content=None if job.target else path.read_bytes(),
        plan=job.plan,
        strategy=attempts[-1].strategy,
        attempts=tuple(attempts),
        parity=parity,
        size_bytes=path.stat().st_size,
        timings=Timings(**clock.seconds),
    )


def _advice(attempts: Sequence[Attempt]) -> str:
    """What each failure advises, once; the native output where a failure explains nothing."""
    errors = [a.error for a in attempts if isinstance(a.error, ConversionError)]
    known = dict.fromkeys(error.advice for error in errors if error.advice)
    if known:
        return "; ".join(known)
    if not errors:
        return "pass other strategies, or change what they refuse"
    advice = "run again with verbose=True (--verbose) to see all that the converters print"
    last = next((e.native_output for e in reversed(errors) if e.native_output.strip()), "")
    return f"{advice}; its last lines:\n{last}" if last else advice


def _peak_rss() -> int:
    """The largest resident memory this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
