"""`litert-ir quantize`: any float file, its sizes and errors, a picture."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir import file_verbs
from litert_ir.errors import LiteRTIRError
from litert_ir.runtime.tensor_table import TensorKind
from litert_ir.verification.layer_errors import LayerErrors, TensorError
from tests.runtime.quantized_files import float_file, quantized_file, samples

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an array for each input of `float_file`, of twelve samples."""
    folder = tmp_path_factory.mktemp("data")
    for name, array in samples(1, batch=12)[0].items():
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_shows_sizes_parity_and_layers(run: Command, data: Path, tmp_path: Path) -> None:
    target, picture = tmp_path / "small.tflite", tmp_path / "errors.png"
    done = run(
        *("quantize", float_file(), "-o", target, "--recipe", "int8", "--calibrate", data),
        *("--plot", picture, "--max-rows", "3"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert lir.LiteRTFile(target).outputs[0].name == "scores"
    assert picture.read_bytes().startswith(b"\x89PNG")
    for words in ("layer", "SQNR", "conv", "activation", "int8", "more with smaller errors"):
        assert words in done.stdout
    for label in ("path", "recipe", "size", "picture"):
        assert f" {label} " in done.stdout
    assert "small.tflite agrees with the float file on 12" in done.stdout.splitlines()[0]
    assert " dB " in done.stdout


def test_as_json(run_process: Command, data: Path, tmp_path: Path) -> None:
    done = run_process(
        *("quantize", float_file(), "-o", "small.tflite", "--json", "--recipe", "int8"),
        *("--calibrate", data, "--calibration-limit", "5", "--layer", "conv=skip"),
        *("--max-rows", "2", "--min-cosine", "0.9", "--compare", "4"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["size_bytes"] == (tmp_path / "small.tflite").stat().st_size
    assert result["source_bytes"] == float_file().stat().st_size
    assert result["precision"] == "integer (int8 weights and activations)"
    assert result["layers"] == ["conv: float"]
    assert result["parity"]["cases"] == 4
    assert [output["name"] for output in result["parity"]["outputs"]] == ["scores", "embedding"]
    worst = result["layer_errors"]["worst"]
    assert len(worst) == 2
    assert result["layer_errors"]["samples"] == 4
    assert worst[0]["relative_error"] >= worst[1]["relative_error"] > 0
    assert worst[0]["sqnr_db"] == pytest.approx(-20 * np.log10(worst[0]["relative_error"]))


def test_json_has_no_infinity(run: Command, tmp_path: Path) -> None:
    """The inputs stay as they are, so that there is no noise to compare them with."""
    done = run(
        *("quantize", float_file(), "-o", tmp_path / "m.tflite", "--recipe", "dynamic", "--json"),
        *("--max-rows", "99"),
    )
    rows = {row["name"]: row for row in json.loads(done.stdout)["layer_errors"]["worst"]}
    assert (rows["image"]["relative_error"], rows["image"]["sqnr_db"]) == (0.0, "inf")
    assert "Infinity" not in done.stdout


def test_without_data_random_inputs_are_compared(run: Command, tmp_path: Path) -> None:
    done = run("quantize", float_file(), "-o", tmp_path / "m.tflite", "--recipe", "dynamic")
    assert (done.returncode, done.stderr) == (0, "")
    assert "m.tflite agrees with the float file on 8 random inputs" in done.stdout


def test_without_verification_there_are_no_errors_to_show(run: Command, tmp_path: Path) -> None:
    done = run(
        "quantize", float_file(), "-o", tmp_path / "m.tflite", "--recipe", "float16", "--no-verify"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "m.tflite was not compared with anything" in done.stdout
    assert "SQNR" not in done.stdout


def test_a_rejected_file_is_not_written_but_its_layers_are_shown(
    run: Command, data: Path, tmp_path: Path
) -> None:
    target, picture = tmp_path / "small.tflite", tmp_path / "errors.svg"
    done = run(
        *("quantize", float_file(), "-o", target, "--recipe", "int8", "--calibrate", data),
        *("--plot", picture, "--max-error", "1e-9"),
    )
    assert done.returncode == 7
    assert "The file misses a threshold." in done.stderr
    assert "SQNR" in done.stdout
    assert picture.exists()
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (
            ["nowhere.tflite", "-o", "m.tflite", "--recipe", "dynamic"],
            "no file to quantize here",
            3,
        ),
        (["{quantized}", "-o", "m.tflite", "--recipe", "dynamic"], "quantized already", 8),
        (["{float}", "-o", "m.bin", "--recipe", "dynamic"], "must end with '.tflite'", 5),
        (["{float}", "-o", "m.tflite"], "pass --recipe, or rules for layers (--layer", 4),
        (["{float}", "-o", "m.tflite", "--recipe", "int8"], "needs samples", 4),
        (
            ["{float}", "-o", "m.tflite", "--recipe", "int8", "--calibrate", "nowhere"],
            "There are no samples here.",
            4,
        ),
        (
            ["{float}", "-o", "m.tflite", "--recipe", "dynamic", "--plot", "e.gif"],
            "not the name of a picture",
            4,
        ),
        (
            ["{float}", "-o", "m.tflite", "--recipe", "dynamic", "--plot", "e.png", "--no-verify"],
            "nothing to draw",
            4,
        ),
    ],
)
def test_all_is_checked_before_anything_is_quantized(
    run: Command, arguments: list[str], message: str, code: int, empty_folder: Path
) -> None:
    paths = {"float": float_file(), "quantized": quantized_file("int8")}
    done = run("quantize", *(argument.format(**paths) for argument in arguments))
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert list(empty_folder.iterdir()) == []


def test_matplotlib_is_asked_for_before_any_work(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise LiteRTIRError("the file was quantized before everything was checked")

    monkeypatch.setattr(file_verbs, "quantize_file", never)
    for name in ("matplotlib", "matplotlib.figure"):
        missing: Any = None  # what makes Python's import fail
        monkeypatch.setitem(sys.modules, name, missing)
    done = run(
        *("quantize", float_file(), "-o", tmp_path / "m.tflite", "--recipe", "dynamic"),
        *("--plot", tmp_path / "e.png"),
    )
    assert done.returncode == 9
    assert "The package 'matplotlib' is not installed." in done.stderr
    assert "pip install 'matplotlib>=3.10'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "m.tflite"], "SOURCE"),
        (["m.tflite", "--recipe", "int8"], "--output"),
        (["m.tflite", "-o", "s.tflite", "--recipe", "int7"], 'Did you mean "int8"?'),
        (["m.tflite", "-o", "s.tflite", "--max-rows", "0"], "Must be >= 1"),
        (["m.tflite", "-o", "s.tflite", "--min-top1", "99"], "Must be <= 1"),
        (["m.tflite", "-o", "s.tflite", "--max-error", "-1"], "Must be >= 0"),
        (["m.tflite", "-o", "s.tflite", "--min-cosine", "-2"], "Must be >= -1"),
    ],
)
def test_a_wrong_command_line_ends_with_2(run: Command, arguments: list[str], message: str) -> None:
    done = run("quantize", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("error", "text"), [(0.0123, "1.230%"), (2.5e24, "2.5e+24 x"), (math.inf, "infinite")]
)
def test_errors_beyond_all_measure_leave_room_for_the_layers(error: float, text: str) -> None:
    row = TensorError(
        name="n/Add",
        layer="block/conv",
        kind=TensorKind.ACTIVATION,
        dtype="float32",
        size_bytes=4,
        relative_error=error,
    )
    shown = str(LayerErrors(rows=(row,), samples=1))
    assert "block/conv" in shown
    assert f" {text} " in shown
