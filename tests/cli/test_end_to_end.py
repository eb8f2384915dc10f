"""The command as users run it: a process of its own, files in and files out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.cli.environment import framework_environment
from litert_ir.cli.model_source import ReferenceSource, load_model
from litert_ir.ir.plan import ExportPlan

Command = Callable[..., CompletedProcess[str]]

# Saving a model: keras calls numpy.array on TensorFlow's variables, which lack numpy 2's keyword.


@pytest.fixture
def custom_file(custom_layers: str, tmp_path: Path) -> Path:
    """A saved model with layers of the module ``custom_layers``."""
    path = tmp_path / "custom.keras"
    with framework_environment(with_own_modules=True):
        load_model(ReferenceSource(custom_layers, "model")).save(path)
    return path


def test_plan_prints_the_plan_and_nothing_else(run_process: Command, tiny: Path) -> None:
    done = run_process("plan", tiny)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("plan ")
    assert "features  (batch=?, 3) float32" in done.stdout


@pytest.mark.slow
def test_plan_as_json_is_a_plan(run_process: Command, tiny: Path) -> None:
    done = run_process("plan", tiny, "--json", "--input", "features=5,3:float32")
    assert done.returncode == 0, done.stderr
    plan = ExportPlan.from_json(done.stdout)
    assert [str(spec) for spec in plan.inputs] == ["(5, 3) float32"]


def test_export_writes_a_verified_file(run_process: Command, tiny: Path, tmp_path: Path) -> None:
    done = run_process("export", tiny, "-o", "tiny.tflite", "--batch-size=1", "--dump=stages")
    assert (done.returncode, done.stderr) == (0, "")
    assert "tfl.fully_connected" in (tmp_path / "stages/00_1x3/10_skeleton.mlir").read_text()
    assert (tmp_path / "tiny.tflite").read_bytes()[4:8] == b"TFL3"
    assert done.stdout.startswith("tiny.tflite agrees with the Keras model on 2")
    for label in ("path", "strategy", "attempts", "size", "time", "signature", "route"):
        assert f" {label} " in done.stdout
    assert "stablehlo: accepted" in done.stdout


@pytest.mark.slow
def test_export_as_json(run_process: Command, tiny: Path, tmp_path: Path) -> None:
    done = run_process(
        "export", tiny, "-o", "tiny.tflite", "--json", "--strategy", "saved-model", "-v"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert Path(result["path"]).name == "tiny.tflite"
    assert result["strategy"] == "saved-model"
    assert result["size_bytes"] == (tmp_path / "tiny.tflite").stat().st_size
    assert len(result["fingerprint"]) == 64
    assert [(a["strategy"], a["outcome"]) for a in result["attempts"]] == [
        ("saved-model", "accepted")
    ]
    assert result["parity"]["agrees"]
    assert result["parity"]["max_abs_error"] < 1e-6  # float32 rounding of two products
    assert set(result["seconds"]) == {"plan", "search", "convert", "write", "verify", "compile"}
    assert " s  loading the model" in done.stderr


def test_a_function_whose_model_has_custom_layers(
    run_process: Command, custom_layers: str, tmp_path: Path
) -> None:
    done = run_process("export", f"{custom_layers}:model", "-o", "custom.tflite", "--json")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "custom.tflite").exists()
    assert json.loads(done.stdout)["path"].endswith("custom.tflite")


@pytest.mark.slow
def test_a_file_whose_model_has_custom_layers(
    run_process: Command, custom_layers: str, custom_file: Path
) -> None:
    done = run_process("plan", custom_file, "--import", custom_layers, "--batch-size", "4")
    assert done.returncode == 0, done.stderr
    assert "(4, 3) float32" in done.stdout


@pytest.mark.slow
def test_without_verification_nothing_is_compared(
    run_process: Command, tiny: Path, tmp_path: Path
) -> None:
    done = run_process("export", tiny, "-o", tmp_path / "m.tflite", "--no-verify")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("m.tflite was not compared with anything\n")


@pytest.mark.slow
def test_the_library_makes_the_plan_that_the_command_prints(
    run_process: Command, tiny: Path, keras: Any
) -> None:
    printed = ExportPlan.from_json(run_process("plan", tiny, "--json").stdout)
    assert printed == lir.plan_for(keras.saving.load_model(tiny))


@pytest.mark.slow
def test_a_model_without_weights(keras: Any, run_process: Command, tmp_path: Path) -> None:
    ids = keras.Input((4,), dtype="int32", name="ids")
    keras.Model(ids, keras.layers.Reshape((2, 2), name="pairs")(ids)).save(tmp_path / "m.keras")
    done = run_process("export", "m.keras", "-o", "m.tflite")
    assert (done.returncode, done.stderr) == (0, "")
    assert "weights'" not in done.stdout
