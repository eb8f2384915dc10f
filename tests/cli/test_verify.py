"""The command `verify`, and the samples that any command compares on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from tests.hub.tiny_tasks import bert_classifier

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def exported(keras: Any, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the tiny model."""
    path = tmp_path_factory.mktemp("exported") / "tiny.tflite"
    lir.export(keras.saving.load_model(tiny), path)
    return path


@pytest.fixture(scope="module")
def another(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the same shapes with other weights."""
    keras.utils.set_random_seed(7)
    features = keras.Input((3,), name="features")
    path = tmp_path_factory.mktemp("another") / "another.keras"
    keras.Model(features, keras.layers.Dense(2, name="scores")(features)).save(path)
    return path


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Six samples."""
    path = tmp_path / "samples.npz"
    np.savez(path, features=np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32))
    return path


def test_agreement_is_the_first_line_and_the_code_is_0(
    run: Command, tiny: Path, exported: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run("verify", tiny, exported, "--samples", samples)
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first.startswith("tiny.tflite agrees with the Keras model on ")
    assert "given samples" in first
    assert all(len(line) <= 80 for line in rest)
    assert "WARNING" not in done.stdout


def test_a_file_that_differs_ends_with_7_and_its_report_on_stdout(
    run: Command, another: Path, exported: Path
) -> None:
    done = run("verify", another, exported)
    assert done.returncode == 7
    assert done.stdout.startswith("tiny.tflite DIFFERS from the Keras model: scores at batch 1, 3")

    done = run("verify", another, exported, "--json")
    assert done.returncode == 7
    assert json.loads(done.stdout)["agrees"] is False

    done = run("verify", another, exported, "--quiet")
    assert (done.returncode, done.stdout) == (7, "")
    assert "DIFFERS from the Keras model" in done.stderr


def test_a_missed_threshold_on_random_inputs_is_told_with_a_warning(
    run: Command, tiny: Path, exported: Path, samples: Path
) -> None:
    strict = ("--max-error", "0", "--min-cosine", "1")
    done = run("verify", tiny, exported, *strict, "--json")
    report = json.loads(done.stdout)
    assert "on random inputs alone" in report["parity"]["warnings"][0]
    assert done.returncode == (7 if report["failures"] else 0)

    done = run("verify", tiny, exported, *strict, "--json", "--samples", samples, "--compare", "4")
    report = json.loads(done.stdout)
    assert report["parity"]["warnings"] == []
    assert report["parity"]["cases"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["verify", "m.keras"], 2, "Name the file to compare with the model"),
        (["verify", "m.keras", "a.tflite", "b.tflite"], 2, "b.tflite"),
        (["verify"], 2, "Name one model"),
        (["verify", "MODEL", "nowhere.tflite"], 3, "There is no LiteRT file here"),
        (["verify", "MODEL", "FILE", "--samples", "nowhere.npz"], 4, "no samples"),
        (["verify", "MODEL", "FILE", "--compare", "10"], 4, "no samples to compare so many of"),
        (["verify", "MODEL", "FILE", "--samples", "DATA", "--compare", "10"], 4, "fewer samples"),
        (["verify", "MODEL", "FILE", "--min-top1", "2"], 2, "Must be <= 1"),
        (["export", "MODEL", "-o", "m.tflite", "--compare", "10"], 4, "compare so many of"),
        (
            ["export", "MODEL", "-o", "m.tflite", "--samples", "DATA", "--no-verify"],
            4,
            "samples, thresholds and a time limit have no effect",
        ),
        (
            ["quantize", "FILE", "-o", "m.tflite", "--recipe", "dynamic", "--compare", "3"],
            4,
            "compare so many of",
        ),
        (
            [
                "export",
                "MODEL",
                "-o",
                "m.tflite",
                "--recipe",
                "int8",
                "--calibrate",
                "DATA",
                "--compare",
                "10",
            ],
            4,
            "fewer samples",
        ),
    ],
)
def test_what_can_be_checked_is_checked_before_the_model_is_loaded(
    arguments: list[str],
    code: int,
    message: str,
    *,
    run: Command,
    exported: Path,
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    known = {"MODEL": "nowhere:model", "FILE": str(exported), "DATA": str(samples)}
    done = run(*(known.get(argument, argument) for argument in arguments))
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr


def test_a_float_file_is_exported_and_quantized_on_samples(
    run: Command, tiny: Path, exported: Path, samples: Path, tmp_path: Path
) -> None:
    target = tmp_path / "m.tflite"
    done = run("export", tiny, "-o", target, "--samples", samples, "--min-top1", "1", "--json")
    assert done.returncode == 0, done.stderr
    parity = json.loads(done.stdout)["parity"]
    assert (parity["compared_on"], parity["cases"]) == (["given samples"], 6)
    assert parity["warnings"] == []

    small = tmp_path / "small.tflite"
    asked = ("--recipe", "float16", "--samples", samples, "--compare", "5")
    done = run("quantize", exported, "-o", small, *asked, "--json")
    assert done.returncode == 0, done.stderr
    parity = json.loads(done.stdout)["parity"]
    assert (parity["compared_on"], parity["cases"]) == (["given samples"], 5)


def test_a_preset_is_verified_with_the_file_alone_as_argument(run: Command, tmp_path: Path) -> None:
    task = bert_classifier(sequence_length=12)
    task.save_to_preset(tmp_path / "bert")
    lir.export(task, tmp_path / "bert.tflite", max_sequence_length=8, verify=False)
    done = run("verify", "--preset", tmp_path / "bert", tmp_path / "bert.tflite")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("bert.tflite agrees with the Keras model")
