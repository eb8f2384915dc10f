"""Arithmetic, tables, command line and one real run of the benchmarks; nothing is timed here."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from cyclopts import CycloptsError
from rich.console import Console

from benchmarks import runner
from benchmarks.__main__ import app, benchmark
from benchmarks.contenders import Contender
from benchmarks.machine import this_machine
from benchmarks.memory import PeakWatch
from benchmarks.records import Exported, Measurement, Phases
from benchmarks.report import failure_panels, results_json, results_table
from benchmarks.runner import Failure, Job, Outcome, Success, run_job, schedule
from benchmarks.summary import Cell, summarize
from benchmarks.workloads import EncoderShape, Workload

MIB = 2**20
MODEL = Workload.MOBILENET_V2


def job(contender: Contender, run: int = 0) -> Job:
    return Job(workload=MODEL, contender=contender, run=run)


def success(
    contender: Contender, run: int, seconds: float, peak_mib: int, phases: Phases | None = None
) -> Success:
    measurement = Measurement(
        seconds=seconds,
        model_bytes=500 * MIB,
        peak_bytes=peak_mib * MIB,
        sampled_peak_bytes=peak_mib * MIB,
        high_water_bytes=None,
        samples=7,
        file_bytes=14 * MIB,
        load_average=1.0,
        exported=Exported(strategy=contender.value, phases=phases),
    )
    return Success(job=job(contender, run), measurement=measurement)


def canned() -> tuple[Outcome, ...]:
    phases = Phases(plan=0.1, convert=1.0, write=0.1, verify=0.75)
    verified = Contender.LITERT_IR_VERIFY
    return (
        success(Contender.KERAS, 0, seconds=8.0, peak_mib=200),
        success(verified, 0, seconds=2.0, peak_mib=100, phases=phases),
        success(Contender.KERAS, 1, seconds=10.0, peak_mib=400),
        success(verified, 1, seconds=5.0, peak_mib=100, phases=phases),
        success(Contender.KERAS, 2, seconds=16.0, peak_mib=300),
        Failure(job=job(verified, 2), reason="exit status 1", stderr_tail="[boom] ValueError"),
        Failure(job=job(Contender.DIRECT), reason="exit status 2", stderr_tail=""),
    )


def cells() -> dict[Contender, Cell]:
    return {cell.contender: cell for cell in summarize(canned())}


def rendered(*things: object) -> str:
    page = io.StringIO()
    Console(width=160, file=page).print(*things)
    return page.getvalue()


def test_medians_leave_failed_runs_out_and_count_them() -> None:
    cell = cells()[Contender.LITERT_IR_VERIFY]
    assert (cell.successes, cell.failures) == (2, 1)
    assert cell.seconds == 3.5
    assert cell.peak_bytes == 100 * MIB
    assert cell.file_bytes == 14 * MIB
    assert cell.verify_seconds == 0.75
    assert cell.strategies == ("litert_ir+verify",)


def test_ratios_of_medians_and_in_the_same_round_are_kept_apart() -> None:
    cell = cells()[Contender.LITERT_IR_VERIFY]
    assert cell.seconds_ratio is not None
    assert cell.seconds_ratio.of_medians == 3.5 / 10.0
    assert cell.seconds_ratio.in_same_round == (2.0 / 8.0 + 5.0 / 10.0) / 2
    assert cell.peak_ratio is not None
    assert cell.peak_ratio.of_medians == 100 / 300
    assert cell.peak_ratio.in_same_round == (100 / 200 + 100 / 400) / 2


def test_the_baseline_has_ratio_one_to_itself() -> None:
    ratio = cells()[Contender.KERAS].seconds_ratio
    assert ratio is not None
    assert (ratio.of_medians, ratio.in_same_round) == (1.0, 1.0)


def test_no_ratio_without_a_baseline_or_against_zero() -> None:
    alone = summarize([success(Contender.DIRECT, 0, seconds=2.0, peak_mib=1)])
    assert alone[0].seconds_ratio is None
    against_zero = summarize(
        [
            success(Contender.KERAS, 0, seconds=2.0, peak_mib=0),
            success(Contender.DIRECT, 0, seconds=2.0, peak_mib=1),
        ]
    )
    assert against_zero[1].peak_ratio is None


def test_ratio_without_a_shared_round_has_only_the_medians() -> None:
    outcomes = [
        success(Contender.KERAS, 0, seconds=2.0, peak_mib=1),
        success(Contender.DIRECT, 1, seconds=4.0, peak_mib=1),
    ]
    ratio = summarize(outcomes)[1].seconds_ratio
    assert ratio is not None
    assert (ratio.of_medians, ratio.in_same_round) == (2.0, None)


def test_table_shows_figures_and_failures() -> None:
    lines = rendered(results_table(summarize(canned()))).replace("│", " ").splitlines()
    rows = [line.split() for line in lines]
    assert ["mobilenet_v2", "keras", "10.00", "1.00", "-", "300", "1.00", "14.00", "3"] in rows
    figures = ("3.50", "0.38", "0.75", "100", "0.38", "14.00")
    assert ["litert_ir+verify", *figures, "FAILED", "1", "of", "3"] in rows
    assert ["litert_ir:direct", *"------", "FAILED", "1", "of", "1"] in rows


def test_every_failure_is_shown_with_its_standard_error() -> None:
    panels = failure_panels(canned())
    assert len(panels) == 2
    text = rendered(*panels)
    assert "mobilenet_v2 / litert_ir+verify, run 3: exit status 1" in text
    assert "[boom] ValueError" in text
    assert "(nothing on standard error)" in text


def test_json_holds_the_machine_every_run_and_the_summary() -> None:
    outcomes = canned()
    document = json.loads(results_json(this_machine(), outcomes, summarize(outcomes)))
    assert document["machine"]["cores"] >= 1
    assert document["machine"]["memory_bytes"] > 0
    assert "keras" in document["machine"]["versions"]
    assert [run["job"]["contender"] for run in document["runs"]] == [
        outcome.job.contender.value for outcome in outcomes
    ]
    assert document["runs"][0]["measurement"]["seconds"] == 8.0
    assert document["runs"][5]["stderr_tail"] == "[boom] ValueError"
    assert document["summary"][1]["seconds_ratio"] == {"of_medians": 0.35, "in_same_round": 0.375}


def test_contenders_take_turns_within_a_round() -> None:
    jobs = schedule((MODEL, Workload.RESNET50), (Contender.KERAS, Contender.DIRECT), 2)
    assert [(each.workload, each.run, each.contender) for each in jobs[:4]] == [
        (MODEL, 0, Contender.KERAS),
        (MODEL, 0, Contender.DIRECT),
        (MODEL, 1, Contender.KERAS),
        (MODEL, 1, Contender.DIRECT),
    ]
    assert {each.workload for each in jobs[4:]} == {Workload.RESNET50}


def test_command_line_takes_options_again_and_drops_doubles() -> None:
    command, bound, _ = app.parse_args(
        "--workload resnet50 --workload mobilenet_v2 --workload resnet50 "
        "--contender litert_ir:direct --runs 2"
    )
    assert command is benchmark
    assert bound.arguments == {
        "workload": (Workload.RESNET50, Workload.MOBILENET_V2),
        "contender": (Contender.DIRECT,),
        "runs": 2,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--workload", "alexnet"), r'(?s)"alexnet".*--workload.*"mobilenet_v2".*"resnet50"'),
        (("--contender", "onnx"), r'(?s)"onnx".*--contender.*"keras".*"litert_ir:direct"'),
        (("--runs", "0"), r"(?s)--runs.*>= 1"),
        (("--json", "/nowhere/at/all.json"), r"(?s)--json.*/nowhere/at does not exist"),
    ],
)
def test_command_line_says_what_is_wrong(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CycloptsError, match=message):
        app.parse_args(arguments, exit_on_error=False, print_error=False)


def test_encoder_width_splits_over_its_heads() -> None:
    with pytest.raises(ValueError, match="width: expected a multiple of 5 heads, received 384"):
        EncoderShape(heads=5)


def test_peak_watch_sees_a_block_that_is_gone_at_the_end() -> None:
    with PeakWatch() as watch:
        block = bytearray(b"x" * (64 * MIB))
        del block
    assert watch.reading.peak_bytes >= 64 * MIB
    assert watch.reading.samples >= 2


def test_peak_watch_has_no_reading_before_its_end() -> None:
    with pytest.raises(RuntimeError, match="once the watch has ended"):
        _ = PeakWatch().reading


def test_one_real_run_in_a_fresh_process() -> None:
    tiny = Job(workload=Workload.TINY_DENSE, contender=Contender.KERAS, run=0)
    outcome = run_job(tiny, timeout_seconds=300)
    assert isinstance(outcome, Success), outcome
    measured = outcome.measurement
    assert measured.seconds > 0
    assert measured.model_bytes > 10 * MIB
    assert measured.peak_bytes >= measured.sampled_peak_bytes >= 0
    assert measured.samples >= 2
    assert measured.file_bytes > 0
    assert measured.exported == Exported(strategy="keras")
    assert measured.verify_seconds is None


def test_a_run_that_takes_too_long_is_a_failure() -> None:
    outcome = run_job(job(Contender.KERAS), timeout_seconds=0.01)
    assert isinstance(outcome, Failure)
    assert outcome.reason == "stopped after 0.01 s"


def test_a_run_that_crashes_is_a_failure_with_its_standard_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "_ROOT", tmp_path)  # where no module `benchmarks` is found
    outcome = run_job(job(Contender.KERAS), timeout_seconds=60)
    assert isinstance(outcome, Failure)
    assert outcome.reason == "exit status 1"
    assert "benchmarks" in outcome.stderr_tail
