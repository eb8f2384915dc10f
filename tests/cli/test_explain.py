"""The command `explain`: the layer that departs, its picture, its exit code."""

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


@pytest.fixture(scope="module")
def right(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of three layers."""
    keras.utils.set_random_seed(3)
    features = keras.Input((6,), name="features")
    x = keras.layers.Dense(8, activation="tanh", name="first")(features)
    x = keras.layers.Dense(8, activation="tanh", name="second")(x)
    path = tmp_path_factory.mktemp("right") / "right.keras"
    keras.Model(features, keras.layers.Dense(2, name="scores")(x), name="three").save(path)
    return path


@pytest.fixture(scope="module")
def wrong_file(keras: Any, right: Path) -> Path:
    """A file in which the second layer has another kernel."""
    model = keras.saving.load_model(right)
    kernel = model.get_layer("second").kernel
    kernel.assign(np.asarray(kernel) * np.linspace(0.5, 2.0, 8, dtype=np.float32))
    path = right.with_name("wrong.tflite")
    lir.export(model, path)
    return path


def test_the_layer_that_departs_is_in_the_first_line(
    run: Command, right: Path, wrong_file: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "errors.svg"
    done = run("explain", right, wrong_file, "--plot", picture)
    assert (done.returncode, done.stderr) == (7, "")
    first = done.stdout.split("\n\n")[0].replace("\n", " ")
    assert first.startswith("wrong.tflite: the outputs DIFFER; layer second adds ")
    assert "second" in picture.read_text()


def test_a_right_file_as_json(run: Command, keras: Any, right: Path, tmp_path: Path) -> None:
    path, samples = tmp_path / "right.tflite", tmp_path / "samples.npz"
    lir.export(keras.saving.load_model(right), path)
    np.savez(samples, features=np.random.default_rng(1).standard_normal((4, 6)).astype("float32"))
    done = run("explain", right, path, "--json", "--samples", samples)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [layer["layer"] for layer in document["layers"]] == ["first", "second", "scores"]
    assert all(layer["added"] < 1e-5 for layer in document["layers"])


def test_the_part_that_departs_alone(
    run: Command, right: Path, wrong_file: Path, tmp_path: Path
) -> None:
    done = run("explain", right, wrong_file, "--bisect", "--keep", tmp_path, "--json")
    assert done.returncode == 7, done.stderr
    cut = json.loads(done.stdout)["cut"]
    # The fault is in the file alone: what is exported of the right model agrees.
    assert cut["departs"] is False


def test_all_is_checked_before_the_model_is_loaded(run: Command, right: Path) -> None:
    unnamed = run("explain", right)
    assert unnamed.returncode == 2
    assert "Name the file to compare" in unnamed.stderr
    missing = run("explain", right, "missing.tflite")
    assert missing.returncode == 3
    assert "There is no LiteRT file here" in missing.stderr
