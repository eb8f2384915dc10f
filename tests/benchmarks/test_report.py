"""Tables, panels and JSON."""

from __future__ import annotations

import io
import json

from rich.console import Console

from benchmarks.machine import this_machine
from benchmarks.outcomes import Limits, ProfileJob, Profiling
from benchmarks.records import Profile, StepSeconds
from benchmarks.report import failure_panels, profile_table, results_json, results_table
from benchmarks.summary import summarize
from benchmarks.workloads import Workload
from tests.benchmarks.canned import KERAS, MB, STABLEHLO, capped, latency, outcomes, success

LIMITS = Limits(process_seconds=900, export_seconds=300, resident=1e10)


def rendered(*things: object) -> str:
    page = io.StringIO()
    Console(width=180, file=page).print(*things)
    return page.getvalue()


def rows(table: object) -> list[list[str]]:
    return [line.replace("│", " ").split() for line in rendered(table).splitlines()]


def test_table_shows_figures_targets_and_failures() -> None:
    shown = rows(results_table(summarize(outcomes())))
    keras = ["keras", "10.00", "1.0", "5.00", "1.0", "-", "121", "300", "225", "150"]
    assert ["mobilenet_v2", *keras, "14.00", "60", "12.00", "1.00", "3"] in shown
    figures = ["1.50", "6.7", "✗", "0.75", "6.7", "0.75", "121", "130", "✗", "98", "65", "✓"]
    files = ["14.00", "60", "12.00", "1.00", "✓"]
    assert ["(14)", *[]] in shown
    assert ["stablehlo", *figures, *files, "FAILED", "1", "of", "3"] in shown
    assert ["direct", *"-" * 13, "FAILED", "1", "of", "1"] in shown


def test_table_shows_bounds_of_what_was_capped() -> None:
    shown = rows(results_table(summarize([capped(KERAS), success(STABLEHLO, 0, 2.0, 90 * MB)])))
    keras = next(row for row in shown if "keras" in row)
    assert keras[2:] == [
        ">100.00",
        *"---",
        "-",
        "121",
        ">9000",
        "-",
        ">8000",
        *"----",
        "CAPPED:",
        "memory",
    ]
    stablehlo = next(row for row in shown if "stablehlo" in row)
    assert stablehlo[:4] == ["stablehlo", "2.00", ">50.0", "✓"]


def test_every_failure_is_shown_with_its_standard_error() -> None:
    panels = failure_panels((*outcomes(), latency(0, 0, None, 0.001)))
    assert len(panels) == 3
    text = rendered(*panels)
    assert "mobilenet_v2 / stablehlo, run 3: exit status 1" in text
    assert "[boom] ValueError" in text
    assert "(nothing on standard error)" in text
    assert "mobilenet_v2 / latency 1, run 1: the file of keras does not run" in text
    assert "no kernel" in text


def test_json_holds_the_machine_every_run_and_the_summary() -> None:
    runs = (*outcomes(), capped(KERAS, 3))
    document = json.loads(results_json(this_machine(), LIMITS, runs, summarize(runs)))
    assert document["machine"]["cores"] >= 1
    assert document["machine"]["memory_bytes"] > 0
    assert {"keras", "litert-converter"} <= document["machine"]["versions"].keys()
    assert document["limits"]["resident"] == 1e10
    kinds = ["success", "success", "latency", "latency", "success", "success", "latency"]
    assert [run["outcome"] for run in document["runs"]] == [
        *kinds,
        "success",
        "failure",
        "failure",
        "capped",
    ]
    measured = document["runs"][1]["measurement"]
    assert [run["stage"] for run in measured["runs"]] == ["cold", "warm", "verified"]
    assert measured["file"]["operators"] == [["CONV_2D", 50], ["ADD", 10]]
    assert document["runs"][8]["stderr_tail"] == "[boom] ValueError"
    keras, stablehlo, _ = document["summary"]
    assert keras["cap"] == "memory"
    assert stablehlo["warm"]["median"] == {"value": 0.75, "relation": ""}


def test_a_profile_adds_up() -> None:
    steps = (
        StepSeconds(label="planning", cold=1.0, warm=0.25),
        StepSeconds(label="child: rest", cold=0.5, warm=0.5),
    )
    profile = Profile(before=(("import keras", 3.0),), steps=steps)
    shown = rows(profile_table(Profiling(job=ProfileJob(Workload.LSTM), profile=profile)))
    assert ["import", "keras", "3.00"] in shown
    assert ["planning", "1.00", "0.25"] in shown
    assert ["the", "whole", "export", "1.50", "0.75"] in shown
