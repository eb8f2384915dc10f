"""Real runs in fresh processes; nothing is timed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.contenders import Contender
from benchmarks.outcomes import (
    AnyJob,
    Cap,
    Capped,
    Failure,
    Job,
    LatencyJob,
    Limits,
    Success,
    schedule,
)
from benchmarks.records import Stage
from benchmarks.runner import run_job, run_latency_job, run_rounds
from benchmarks.workloads import Workload

LIMITS = Limits(process_seconds=300, export_seconds=200, resident=1e10)


def job(contender: Contender, run: int = 0) -> Job:
    return Job(workload=Workload.TINY_DENSE, contender=contender, run=run)


@pytest.mark.slow
def test_a_run_exports_cold_warm_and_verified(tmp_path: Path) -> None:
    path = tmp_path / "here" / "model.tflite"
    outcome = run_job(job(Contender.STABLEHLO), path, LIMITS)
    assert isinstance(outcome, Success), outcome
    measured = outcome.measurement
    assert [run.stage for run in measured.runs] == list(Stage)
    assert measured.weights == 4 * (4 * 3 + 3)
    assert measured.file.size == path.stat().st_size
    assert measured.file.operators == (("FULLY_CONNECTED", 1),)
    cold, warm, verified = measured.runs
    assert cold.exported.strategy == "stablehlo"
    assert cold.extra.children > 20e6, "the child process counts in the export that starts it"
    assert warm.extra.children < cold.extra.children
    assert min(run.extra.samples for run in measured.runs) >= 2
    phases = [run.exported.phases for run in (cold, warm, verified)]
    assert [each is not None and each.verify is not None for each in phases] == [False, False, True]


@pytest.mark.slow
def test_what_takes_too_much_is_capped_once_and_left_out_later() -> None:
    announced: list[str] = []

    def announce(each: AnyJob) -> None:
        announced.append(each.title)

    rounds = schedule((Workload.TINY_DENSE,), (Contender.KERAS,), 2)
    limits = Limits(process_seconds=300, export_seconds=0.01, resident=1e10)
    (outcome,) = run_rounds(rounds, limits=limits, announce=announce)
    assert isinstance(outcome, Capped), outcome
    assert outcome.cap is Cap.TIME
    assert outcome.weights == 60
    assert outcome.seconds > 0.01
    assert announced == ["tiny_dense / keras, run 1"]


def test_files_that_do_not_run_are_part_of_the_outcome(tmp_path: Path) -> None:
    paths = [tmp_path / "a.tflite", tmp_path / "b.tflite"]
    for path in paths:
        path.write_bytes(b"no model at all")
    contenders = (Contender.KERAS, Contender.STABLEHLO)
    together = LatencyJob(workload=Workload.TINY_DENSE, contenders=contenders, run=0, process=0)
    outcome = run_latency_job(together, paths, LIMITS)
    assert not isinstance(outcome, Failure), outcome


def test_a_run_that_takes_too_long_is_a_failure(tmp_path: Path) -> None:
    limits = Limits(process_seconds=0.01, export_seconds=1, resident=1e10)
    outcome = run_job(job(Contender.KERAS), tmp_path / "model.tflite", limits)
    assert isinstance(outcome, Failure)
    assert outcome.reason == "stopped after 0.01 s"
