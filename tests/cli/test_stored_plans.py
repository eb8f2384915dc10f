"""`export --plan`: a stored plan, carried out with what goes with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import litert_ir as lir

Command = Callable[..., CompletedProcess[str]]


def stored(run: Command, path: Path, *arguments: str | Path) -> Path:
    """The plan of a command line, as users store it."""
    done = run("plan", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    path.write_text(done.stdout)
    return path


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    path = tmp_path / "samples.npz"
    np.savez(path, features=np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32))
    return path


def test_a_stored_plan_decides_the_file(run: Command, tiny: Path, tmp_path: Path) -> None:
    plan = stored(run, tmp_path / "plan.json", tiny, "--batch-size", "2", "--strategy", "direct")
    target = tmp_path / "m.tflite"
    done = run("export", tiny, "--plan", plan, "-o", target, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["strategy"] == "direct"
    assert result["fingerprint"] == lir.ExportPlan.from_json(plan.read_text()).fingerprint
    assert lir.LiteRTFile(target).inputs[0].shape == (2, 3)

    done = run("export", tiny, "--plan", plan, "-o", target)
    assert done.stdout.splitlines()[0].endswith("agrees with the Keras model on 2 random inputs")


def test_a_stored_plan_takes_samples_to_calibrate_and_to_compare_on(
    run: Command, tiny: Path, samples: Path, tmp_path: Path
) -> None:
    plan = stored(run, tmp_path / "plan.json", tiny, "--recipe", "int8")
    target = tmp_path / "m.tflite"
    asked = ("--plan", plan, "-o", target, "--calibrate", samples, "--samples", samples)
    done = run("export", tiny, *asked, "--compare", "5", "--dump", tmp_path / "stages", "--json")
    assert done.returncode == 0, done.stderr
    parity = json.loads(done.stdout)["parity"]
    assert (parity["cases"], parity["compared_on"]) == (5, ["given samples"])
    assert list((tmp_path / "stages").iterdir())


def test_a_plan_of_another_model_is_refused(
    run: Command, tiny: Path, tmp_path: Path, keras: Any
) -> None:
    plan = stored(run, tmp_path / "plan.json", tiny)
    features = keras.Input((3,), name="features")
    keras.Model(features, keras.layers.Dense(5)(features)).save(tmp_path / "other.keras")
    done = run("export", tmp_path / "other.keras", "--plan", plan, "-o", tmp_path / "m.tflite")
    assert done.returncode == 4
    assert "The plan was made from another model" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plan", "PLAN", "--recipe", "int8"], "--plan and --recipe"),
        (["--plan", "PLAN", "--batch-size", "1", "--strategy", "direct"], "--batch-size, --strat"),
        (["--plan", "PLAN", "--input", "features=1,3:float32"], "--plan and --input"),
        (["--plan", "PLAN", "--calibrate", "DATA"], "do not go together"),
        (["--plan", "INT8"], "do not go together"),
        (["--plan", "nowhere.json"], "There is no plan to read here"),
        (["--plan", "DATA"], "There is no plan to read here"),
        (["--plan", "."], "There is no plan to read here"),
        (["--plan", "BROKEN"], "BROKEN.json"),
        (["--plan", "PLAN", "--compare", "3"], "no samples to compare so many of"),
    ],
)
def test_what_contradicts_a_stored_plan_is_refused_before_the_model_is_loaded(
    arguments: list[str],
    message: str,
    *,
    run: Command,
    tiny: Path,
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"DATA": samples, "BROKEN": tmp_path / "BROKEN.json"}
    known["BROKEN"].write_text('{"format": 2}')
    if "PLAN" in arguments:
        known["PLAN"] = stored(run, tmp_path / "plan.json", tiny)
    if "INT8" in arguments:
        known["INT8"] = stored(run, tmp_path / "int8.json", tiny, "--recipe", "int8")
    monkeypatch.chdir(tmp_path)
    given = (known.get(argument, argument) for argument in arguments)
    done = run("export", "nowhere:model", "-o", "m.tflite", *given)
    assert (done.returncode, message in done.stderr) == (4, True), done.stderr


@pytest.mark.parametrize("command", ["plan", "export"])
def test_a_second_model_is_one_too_many(run: Command, command: str) -> None:
    target = ("-o", "m.tflite") if command == "export" else ()
    done = run(command, "a.keras", "b.keras", "c.keras", *target)
    assert done.returncode == 2
    assert "takes one model; b.keras c.keras" in done.stderr
