"""Try the strategies in order until one gives a file that agrees with the plan and the model."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.aot.compiled_target import CompiledTarget
from litert_ir.conversion.batch_advice import curing_batch
from litert_ir.conversion.comparison import Comparison
from litert_ir.conversion.compilation import CompileJob, compiled_files
from litert_ir.conversion.foreign_strategies import checked_artifact, faults_of
from litert_ir.conversion.progress import Listener, following, listening, logger
from litert_ir.conversion.protocol import Artifact, ConversionStrategy
from litert_ir.conversion.quantization_noise import (
    NOISE_ADVICE,
    float_file_agrees,
    is_in_question,
    not_tried,
)
from litert_ir.conversion.quantized import float_plan, float_strategy
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.route import Candidate
from litert_ir.conversion.shared_causes import spared
from litert_ir.conversion.stopwatch import Phase, Stopwatch
from litert_ir.conversion.target import PendingFile, pending_file
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConversionError,
    ParityError,
    UnsupportedOpsError,
    merged_ops,
)
from litert_ir.errors.advice import advise, joined
from litert_ir.errors.attempts import Attempt, Outcome
from litert_ir.errors.setting_names import BATCH_SIZE, OTHER_STRATEGIES, VERBOSE
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.native_output import captured_native_output, tail_of
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.lowering.fixed_batch import batch_advice
from litert_ir.metadata.completion import complete
from litert_ir.runtime.accepted_files import remember_accepted
from litert_ir.runtime.isolated import prepare
from litert_ir.runtime.progress_event import ProgressEvent
from litert_ir.samples.samples import Samples
from litert_ir.verification.cases import Case
from litert_ir.verification.parity import ParityReport
from litert_ir.verification.tolerance import tolerance_for
from litert_ir.verification.verify import Verification, verify_file

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of ru_maxrss; source: getrusage(2) of macOS and of Linux."""


@attrs.frozen(kw_only=True)
class Job:
    """One execution of a plan.

    Attributes:
        plan: The plan of the file.
        model: The Keras model that the plan was lowered from.
        target: The path of the file; None to keep it in memory.
        candidates: The strategies of the plan's route.
        calibration: The checked representative dataset, if the plan asks for one.
        verification: The comparison with the model, with flat samples; None to skip it.
        verbose: Whether native output goes to the terminal.
        on_progress: Told about each phase as it begins.
        cases: The samples that every file is compared on, with the model's results; None to build
            them.
    """

    plan: ExportPlan
    model: Any
    target: Path | None
    candidates: tuple[Candidate, ...]
    calibration: Samples | None
    verification: Verification | None
    verbose: bool
    on_progress: Listener = attrs.field(converter=listening)
    cases: tuple[Case, ...] | None = None

    def comparing(self, verification: Verification) -> Comparison:
        """The comparison of this job's files."""
        return Comparison(
            plan=self.plan,
            model=self.model,
            verification=verification,
            calibration=self.calibration,
        )


def run_job(job: Job) -> ExportResult:
    """Execute a plan; the target is replaced only by a file that was accepted.

    Raises:
        AllStrategiesFailedError: When every strategy refused or failed.
        AotError: When the accepted file cannot be compiled for one of the plan's targets.
        SamplesError: When the model fails on the inputs to compare on.
        TargetError: When the file cannot be written.
    """
    attempts: list[Attempt] = []
    stopwatch = Stopwatch()
    if job.verification is not None:
        prepare()
    with pending_file(job.target) as pending:
        with stopwatch.phase(Phase.VERIFY):
            cases = cases_of(job) if job.cases is None else job.cases
        job = _calibrating_on(job, cases)
        for number, candidate in enumerate(job.candidates, 1):
            not_needed = spared(job.candidates, attempts)
            if not_needed is not None:
                attempts.append(not_needed)
                continue
            attempt, parity = _attempt(job, candidate, pending, cases, stopwatch)
            attempts.append(attempt)
            if attempt.outcome is Outcome.ACCEPTED:
                reports = _compile_and_commit(job, pending, cases, stopwatch)
                if job.target is not None and parity is not None:
                    remember_accepted(job.target)
                result = _result(job, pending, attempts, parity, stopwatch)
                return attrs.evolve(result, compiled=reports)
            if is_in_question(attempt, job.plan) and _converts_rightly(job, candidate, cases):
                attempts.extend(not_tried(job.candidates[number:]))
                raise AllStrategiesFailedError(attempts, advice=NOISE_ADVICE)
        batch = _curing_batch(job, attempts, cases)
    advice = _advice(attempts)
    is_new = batch is not None and f"{BATCH_SIZE.to(batch).python}:" not in advice
    raise AllStrategiesFailedError(
        attempts,
        advice=joined([batch_advice(batch), advice], "; or ") if batch and is_new else advice,
    )


def _curing_batch(job: Job, attempts: Sequence[Attempt], cases: Sequence[Case]) -> int | None:
    """Find a fixed batch that helps; see `curing_batch`."""
    job.on_progress("looking whether a fixed batch would help")
    with captured_native_output(passed_through=job.verbose), _without_warnings():
        return curing_batch(job.plan, job.model, job.candidates, attempts, cases)


def _compile_and_commit(
    job: Job, pending: PendingFile, cases: Sequence[Case], stopwatch: Stopwatch
) -> tuple[CompiledTarget, ...]:
    """Put the file and those of its compile targets in their places, once all are good."""
    compile_job = CompileJob(
        plan=job.plan,
        target=job.target,
        verification=job.verification,
        cases=cases,
        on_progress=job.on_progress,
    )
    with contextlib.ExitStack() as files:
        with stopwatch.phase(Phase.COMPILE):
            compiled = files.enter_context(compiled_files(compile_job, pending.path))
        for file in compiled:
            file.commit()
        pending.commit()
    return tuple(file.report for file in compiled)


def _converts_rightly(job: Job, candidate: Candidate, cases: Sequence[Case]) -> bool:
    """Tell whether a strategy's float file agrees with the model where the quantized one did not.

    The other strategies are skipped then: they would quantize the same model.
    """
    strategy = float_strategy(candidate.strategy)
    job.on_progress(ProgressEvent("comparing the float file", strategy=strategy.name))
    as_float = attrs.evolve(job, plan=float_plan(job.plan), calibration=None)
    try:
        artifact = _convert(as_float, strategy)
    except ConversionError as error:
        job.on_progress.pass_on(error)
        return False
    with captured_native_output(passed_through=job.verbose):
        timeout = job.verification.timeout if job.verification else None
        return float_file_agrees(job.plan, artifact, cases, timeout)


def cases_of(job: Job) -> tuple[Case, ...]:
    """The samples that every strategy's file is compared on; drawn before anything is converted.

    Raises:
        SamplesError: When the model fails on them.
    """
    refused = all(candidate.refusal for candidate in job.candidates)
    if job.verification is None or refused:
        return ()
    job.on_progress("running the model")
    with captured_native_output(passed_through=job.verbose):
        return job.comparing(job.verification).cases()


def _calibrating_on(job: Job, cases: Sequence[Case]) -> Job:
    """Return the job with the compared samples in front of the other calibration samples.

    A dataset that draws at random would otherwise be compared on samples that it never calibrated.
    """
    if job.calibration is None or job.verification is None or job.verification.samples:
        return job
    first = [case.inputs for case in cases]
    return attrs.evolve(job, calibration=job.calibration.starting_with(first))


def _attempt(
    job: Job,
    candidate: Candidate,
    pending: PendingFile,
    cases: Sequence[Case],
    stopwatch: Stopwatch,
) -> tuple[Attempt, ParityReport | None]:
    """Make one attempt; return its record, and the report of a file that was compared."""
    name = candidate.name
    if candidate.fault is not None:
        return Attempt(strategy=name, outcome=Outcome.FAILED, error=candidate.fault), None
    if candidate.refusal is not None:
        reason = candidate.refusal.reason
        return Attempt(strategy=name, outcome=Outcome.REFUSED, reason=reason), None
    started, peak = time.perf_counter(), _peak_rss()
    parity, error = None, None
    try:
        with stopwatch.phase(Phase.CONVERT):
            artifact = _convert(job, candidate.strategy)
        with stopwatch.phase(Phase.WRITE), faults_of(name):
            pending.write(artifact.content)
            complete(pending.path, job.plan, name)
        with stopwatch.phase(Phase.VERIFY):
            parity = _verify(job, name, pending, cases)
    except ConversionError as failure:
        job.on_progress.pass_on(failure)
        logger.info("%s failed: %s", name, failure)
        error = failure
    attempt = Attempt(
        strategy=name,
        outcome=Outcome.FAILED if error else Outcome.ACCEPTED,
        seconds=time.perf_counter() - started,
        peak_growth_bytes=_peak_rss() - peak,
        error=error,
    )
    return attempt, parity


def _convert(job: Job, strategy: ConversionStrategy) -> Artifact:
    job.on_progress(ProgressEvent("converting", strategy=strategy.name))
    with captured_native_output(passed_through=job.verbose) as output, _without_warnings():
        try:
            with (
                faults_of(strategy.name, job.on_progress),
                following(job.on_progress, strategy.name),
            ):
                made = strategy.convert(job.plan, job.model, job.calibration)
            return checked_artifact(strategy.name, made)
        except ConversionError as error:
            failure = error
    failure.native_output = output.text or failure.native_output
    raise failure


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Silence the converters' warnings; the model's own were shown when planning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _verify(
    job: Job, name: str, pending: PendingFile, cases: Sequence[Case]
) -> ParityReport | None:
    if job.verification is None:
        return None
    job.on_progress(ProgressEvent("comparing with the model", strategy=name))
    budget = TimeBudget(job.verification.timeout)
    with captured_native_output(passed_through=job.verbose):
        try:
            return verify_file(pending.path, job.plan, cases, job.verification, budget)
        except ParityError:
            rest = budget.rest()  # running the model does not count
            tolerance = job.verification.tolerance or tolerance_for(job.plan)
            steadier = job.comparing(job.verification).steadier(cases, tolerance)
            if steadier is None:
                raise
        return verify_file(pending.path, job.plan, steadier, job.verification, TimeBudget(rest))


def _result(
    job: Job,
    pending: PendingFile,
    attempts: Sequence[Attempt],
    parity: ParityReport | None,
    stopwatch: Stopwatch,
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
        timings=stopwatch.timings(),
    )


def _advice(attempts: Sequence[Attempt]) -> str:
    """Return the advice of each failure once, and the native output where a failure has none."""
    errors = [a.error for a in attempts if isinstance(a.error, ConversionError)]
    unsupported = UnsupportedOpsError(merged_ops(errors))
    advising = (unsupported if isinstance(e, UnsupportedOpsError) else e for e in errors)
    known = joined(error.advice for error in advising)
    if known:
        return known
    if not errors:
        return advise("{others}, or change what they refuse", others=OTHER_STRATEGIES)
    last = next((e.native_output for e in reversed(errors) if e.native_output.strip()), "")
    more = advise(
        "run again with {verbose} to see all that the converters print",
        verbose=VERBOSE.to("True", ""),
    )
    return joined([more, f"the last lines:\n{tail_of(last)}"]) if last else more


def _peak_rss() -> int:
    """The peak resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
