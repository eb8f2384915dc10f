"""A package of somebody else's, installed by pip: its strategy converts, and its task exports."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import keras
import pytest

import litert_ir as lir
from tests.papers.paper import ROOT

EXPORTS = """
import sys

import litert_ir as lir
import keras

assert not any(name.startswith("acme") for name in sys.modules)
x = keras.Input((4,), name="x")
dense = keras.Model(x, keras.layers.Dense(64, name="scores")(keras.layers.Dense(64)(x)))
assert lir.export(dense, "default.tflite").strategy == "stablehlo"
assert not any(name.startswith("acme") for name in sys.modules)

chosen = ("acme-plain", "concrete-function")
result = lir.export(dense, "plain.tflite", strategies=chosen)
assert result.strategy == "acme-plain"
plan = lir.ExportPlan.from_json(result.plan.to_json())
assert lir.execute(plan, dense, verify=False).plan == plan
for name, recipe in (("quantized-acme-plain", "dynamic"), ("acme-plain-in-child", None)):
    made = lir.execute(lir.plan_for(dense, quantization=recipe, strategies=(name,)), dense)
    assert made.strategy == name

from acme_litert.tagger import tagger

assert "acme_litert.tagger_config" not in sys.modules
result = lir.export(tagger(), "tagger.tflite")
assert result.plan.task.config == "TaggerConfig"
assert [spec.sizes for spec in result.plan.inputs] == [(None, 12)]
assert lir.LiteRTFile("tagger.tflite").outputs[0].name == "tags"
print("all of it")
"""


def test_its_strategy_converts(acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(acme)
    x = keras.Input((4,), name="x")
    model = keras.Model(x, keras.layers.Dense(2)(x))
    result = lir.export(model, tmp_path / "plain.tflite", strategies=("acme-plain",))
    assert result.strategy == "acme-plain"
    assert result.parity is not None
    assert lir.execute(result.plan, model, verify=False).plan == result.plan


def test_its_task_exports(acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(acme)
    tagger = importlib.import_module("acme_litert.tagger").tagger()
    result = lir.export(tagger, tmp_path / "tagger.tflite")
    assert result.plan.task is not None
    assert result.plan.task.config == "TaggerConfig"
    assert [spec.sizes for spec in result.plan.inputs] == [(None, 12)]
    assert [leaf.spec.name for leaf in result.plan.output_leaves] == ["tags"]


def in_process(acme: Path, tmp_path: Path, *arguments: str) -> CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(acme), str(ROOT)]),
            "KERAS_BACKEND": "tensorflow",
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.slow
def test_a_process_uses_them_and_imports_them_then_alone(acme: Path, tmp_path: Path) -> None:
    ended = in_process(acme, tmp_path, "-W", "error::UserWarning", "-c", EXPORTS)
    assert ended.returncode == 0, ended.stderr[-5_000:]
    assert ended.stdout.splitlines()[-1] == "all of it"


def test_the_command_line_takes_both_by_name(acme: Path, tmp_path: Path) -> None:
    command = ("-m", "litert_ir", "plan", "acme_litert.tagger:tagger", "--json")
    ended = in_process(acme, tmp_path, *command, "--strategy", "acme-plain")
    assert ended.returncode == 0, ended.stderr[-5_000:]
    plan = json.loads(ended.stdout)
    assert plan["about"]["task"]["config"] == "TaggerConfig"
    assert [step["strategy"] for step in plan["route"]] == ["acme-plain"]


def test_the_list_of_tasks_has_it(acme: Path, tmp_path: Path) -> None:
    ended = in_process(acme, tmp_path, "-m", "litert_ir", "tasks", "--markdown")
    assert ended.returncode == 0, ended.stderr[-5_000:]
    (line,) = (line for line in ended.stdout.splitlines() if "acme" in line)
    assert line.startswith("| `acme_litert.tagger.Tagger` | token_ids | sequence_length: max_")
    assert "plug-in of acme-litert 1.2" in line
