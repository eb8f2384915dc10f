"""Samples in images on the command line: `--calibrate`, `--samples` and `--scale`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from PIL import Image

from litert_ir.cli import loaded_model
from litert_ir.cli.image_options import ImageOptions
from litert_ir.errors import OptionsError
from litert_ir.samples.image_inputs import PixelScaling

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six images of several sizes."""
    folder, draw = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number in range(6):
        pixels = draw.integers(0, 256, (9 + number, 12, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def model(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model for images of ``(8, 8)``."""
    keras.utils.set_random_seed(0)
    images = keras.Input((8, 8, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(images))
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    keras.Model(images, keras.layers.Dense(3)(x)).save(path)
    return path


def test_a_file_is_compared_on_images(
    run: Command, model: Path, photos: Path, tmp_path: Path
) -> None:
    target = tmp_path / "model.tflite"
    options = ("--samples", photos, "--scale", "-1..1", "--compare", "4")
    ended = run("export", model, "-o", target, *options)
    assert ended.returncode == 0, ended.stderr
    assert "agrees with the Keras model" in ended.stdout
    assert "given samples" in ended.stdout
    ended = run("verify", model, target, "--samples", photos / "3.png", "--scale=0..255")
    assert ended.returncode == 0, ended.stderr


def test_the_scaling_is_asked_for_by_its_option(
    run: Command, model: Path, photos: Path, tmp_path: Path
) -> None:
    recipe = ("--recipe", "int8", "--calibrate", photos)
    ended = run("export", model, "-o", tmp_path / "m.tflite", *recipe)
    assert ended.returncode == 4
    assert "expected: the scaling of pixels: 0..255, 0..1, -1..1" in ended.stderr
    assert "to do:    say it: --scale 0..255 for pixels as they are" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [(), ("--samples", "data.npy")])
def test_a_scaling_without_images_is_refused_before_the_model_is_loaded(
    run: Command,
    model: Path,
    data: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr(loaded_model, "load_model")
    np.save("data.npy", np.zeros((2, 3)))
    ended = run("export", model, "-o", "m.tflite", "--scale", "0..1", *data)
    assert ended.returncode == 4
    assert "There are no images" in ended.stderr
    assert "where:    --scale" in ended.stderr


def test_images_are_opened_with_the_scaling(photos: Path, tmp_path: Path) -> None:
    options = ImageOptions(scale="-1..1")
    opened = options.open(photos)
    assert getattr(opened, "scaling", None) is PixelScaling.SIGNED
    np.save(tmp_path / "x.npy", np.zeros((2, 3)))
    arrays = options.open(tmp_path / "x.npy")
    options.require_use(arrays, opened)
    with pytest.raises(OptionsError, match="no images"):
        options.require_use(arrays, None)


def test_other_scalings_are_wrong_usage(run: Command, photos: Path) -> None:
    ended = run("export", "m.keras", "-o", "m.tflite", "--samples", photos, "--scale", "0..2")
    assert ended.returncode == 2
    assert "0..255" in ended.stderr
