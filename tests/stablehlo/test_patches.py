"""Patches of images and volumes move elements: exactly, in small files, at other sizes, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow

Call = Callable[[Any], Any]


def exported(call: Call, shape: tuple[int | None, ...], path: Path, **request: Any) -> Any:
    """The model that calls a function on an input, exported."""
    keras = load_keras()
    layer_class: Any = keras.layers.Layer

    class Calling(layer_class):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            return call(x)

    inputs = keras.Input(shape, name="x")
    model = keras.Model(inputs, Calling(name="y")(inputs))
    lir.export(model, path, strategies=(lir.StableHLO(),), **request)
    return model


def assert_equal(model: Any, path: Path, shape: tuple[int, ...]) -> None:
    """Bit by bit, on values and a size that the file was not made with."""
    x = np.random.default_rng(7).standard_normal(shape).astype(np.float32)
    result = lir.LiteRTFile(path).run({"x": x})["y"]
    np.testing.assert_array_equal(result, np.asarray(model(x)), strict=True)


def patches(**how: Any) -> Call:
    return lambda x: load_keras().ops.image.extract_patches(x, **how)


def volumes(**how: Any) -> Call:
    return lambda x: load_keras().ops.image.extract_patches_3d(x, **how)


IMAGE, FIRST, VOLUME = (18, 23, 3), (3, 18, 23), (8, 9, 13, 2)


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (patches(size=4), IMAGE),
        (patches(size=4, padding="same"), IMAGE),
        (patches(size=(4, 3)), IMAGE),
        (patches(size=(2, 5), data_format="channels_first"), FIRST),
        (volumes(size=(2, 3, 4)), VOLUME),
        (volumes(size=2, padding="same"), VOLUME),
        (patches(size=5, strides=3), IMAGE),
        (patches(size=12, strides=(2, 3), padding="same"), IMAGE),
        (patches(size=3, strides=1, dilation_rate=2, padding="same"), IMAGE),
        (volumes(size=(2, 3, 4), strides=(1, 2, 3)), VOLUME),
    ],
)
def test_patches_at_another_batch(call: Call, shape: tuple[int, ...], tmp_path: Path) -> None:
    model = exported(call, shape, tmp_path / "model.tflite", verify=False)
    assert_equal(model, tmp_path / "model.tflite", (5, *shape))


@pytest.mark.parametrize(
    "how",
    [
        {"size": (4, 2)},
        {"size": 4, "strides": (2, 3)},
        {"size": 12, "padding": "same"},
        {"size": 12, "strides": 5},
    ],
)
def test_patches_of_images_of_any_size(how: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    model = exported(patches(**how), (None, None, 3), path)
    for height, width in ((12, 13), (17, 24), (31, 20)):
        assert_equal(model, path, (2, height, width, 3))
    assert path.stat().st_size < 50_000


def test_large_patches_take_no_room(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    model = exported(patches(size=24), (72, 50, 3), path, verify=False)
    assert path.stat().st_size < 3_000
    assert_equal(model, path, (2, 72, 50, 3))


def test_a_convolution_with_nearly_an_identity_stays(tmp_path: Path) -> None:
    kernel = np.eye(12, dtype=np.float32).reshape(2, 2, 3, 12).copy()
    kernel[0, 0, 0, 5] = 0.5
    path = tmp_path / "model.tflite"
    model = exported(
        lambda x: load_keras().ops.conv(x, kernel, strides=2), (8, 8, 3), path, verify=False
    )
    x = np.random.default_rng(0).standard_normal((2, 8, 8, 3)).astype(np.float32)
    result = lir.LiteRTFile(path).run({"x": x})["y"]
    np.testing.assert_allclose(result, np.asarray(model(x)), atol=1e-6)


@pytest.mark.parametrize("padding", ["VALID", "SAME"])
def test_patches_of_tensorflow_keep_what_is_not_finite(padding: str, tmp_path: Path) -> None:
    tf, path = load_tensorflow(), tmp_path / "model.tflite"
    sizes = [1, 4, 3, 1]

    def call(x: Any) -> Any:
        return tf.image.extract_patches(x, sizes, sizes, [1, 1, 1, 1], padding)

    model = exported(call, IMAGE, path, verify=False)
    x = np.random.default_rng(0).standard_normal((2, *IMAGE)).astype(np.float32)
    x[0, 0, 0, 0], x[1, 3, 3, 1] = np.inf, np.nan
    result = lir.LiteRTFile(path).run({"x": x})["y"]
    np.testing.assert_array_equal(result, np.asarray(model(x)), strict=True)
