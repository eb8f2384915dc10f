"""Stopwatches in the place of functions, in this process and in the child."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from benchmarks.contenders import Contender, exporter_of
from benchmarks.export_steps import CHILD_STEPS, LABELS, PARENT_STEPS, seconds_of
from benchmarks.steps import Recorder, Step, timed
from benchmarks.workloads import Workload, build
from litert_ir.stablehlo import strategy
from litert_ir.stablehlo.dynamic_shapes.generalize import General
from litert_ir.stablehlo.dynamic_shapes.instance import check_instance


def test_steps_within_a_step_count_for_themselves_alone() -> None:
    recorder = Recorder()
    before = time.perf_counter()
    with recorder.step("outer"):
        began = time.perf_counter()
        with recorder.step("inner"), recorder.step("innermost"):
            time.sleep(0.01)
        with recorder.step("inner"):
            pass
        inside = time.perf_counter() - began
    whole = time.perf_counter() - before
    assert inside <= sum(recorder.seconds.values()) <= whole
    assert recorder.seconds["innermost"] >= 0.01
    assert recorder.seconds["outer"] + recorder.seconds["inner"] <= whole - 0.01


def test_the_time_of_another_process_is_taken_from_the_waiting_step() -> None:
    recorder = Recorder()
    with recorder.step("all"), recorder.step("waiting"):
        recorder.add("child", 5.0)
    assert recorder.seconds["child"] == 5.0
    assert -5.0 <= recorder.seconds["waiting"] < 0
    assert sum(recorder.seconds.values()) >= 0


def test_functions_and_methods_are_timed_and_put_back() -> None:
    function, method = json.dumps, json.JSONEncoder.encode
    recorder = Recorder()
    steps = (Step("dumping", "json", "dumps"), Step("encoding", "json", "JSONEncoder.encode"))
    with timed(steps, recorder):
        assert json.dumps({"a": 1}) == '{"a": 1}'
    assert set(recorder.seconds) == {"dumping", "encoding"}
    with pytest.raises(TypeError, match="not JSON serializable"), timed(steps, recorder):
        json.dumps(object())
    assert (json.dumps, json.JSONEncoder.encode) == (function, method)


def test_a_step_without_a_function_is_an_error() -> None:
    function = json.dumps
    steps = (Step("dumping", "json", "dumps"), Step("nothing", "json", "no_such_function"))
    with pytest.raises(AttributeError, match="no_such_function"), timed(steps, Recorder()):
        pass
    assert json.dumps is function


def test_every_step_has_a_place_in_the_report() -> None:
    assert {step.label for step in (*PARENT_STEPS, *CHILD_STEPS)} <= set(LABELS)
    assert len(set(LABELS)) == len(LABELS)


def test_a_real_export_is_taken_apart_in_both_processes(tmp_path: Path) -> None:
    model, path = build(Workload.TINY_DENSE), tmp_path / "model.tflite"
    exporter = exporter_of(Contender.STABLEHLO)
    began = time.perf_counter()
    seconds = seconds_of(lambda: exporter(model, path, False))  # noqa: FBT003
    whole = time.perf_counter() - began
    assert path.exists()
    assert set(seconds) == set(LABELS)
    assert min(seconds.values()) >= 0
    assert sum(seconds.values()) <= whole


def test_without_verification_nothing_is_verified(tmp_path: Path) -> None:
    model, path = build(Workload.TINY_DENSE), tmp_path / "model.tflite"
    exporter = exporter_of(Contender.STABLEHLO)
    unverified, verified = (exporter(model, path, verify).phases for verify in (False, True))
    assert unverified is not None
    assert unverified.verify is None
    assert verified is not None
    assert verified.verify is not None


def test_every_contender_but_keras_is_a_strategy() -> None:
    names = {strategy.name for strategy in lir.DEFAULT_STRATEGIES}
    others = {each.value for each in Contender if each.verifies}
    assert others - names == {Contender.STABLEHLO_UNCHECKED.value}
    assert names <= others


def test_what_the_check_costs_is_measured_on_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, checks = build(Workload.TINY_DENSE), list[General]()

    def counted(general: General, held_out: Any) -> None:
        checks.append(general)
        check_instance(general, held_out)

    monkeypatch.setattr(strategy, "check_instance", counted)
    contents = []
    for contender, expected in ((Contender.STABLEHLO_UNCHECKED, 0), (Contender.STABLEHLO, 1)):
        path = tmp_path / f"{contender.value}.tflite"
        exporter_of(contender)(model, path, False)  # noqa: FBT003
        contents.append(path.read_bytes())
        assert len(checks) == expected
    assert contents[0] == contents[1]
