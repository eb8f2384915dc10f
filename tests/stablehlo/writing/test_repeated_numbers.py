"""Constants of one number are not stored element by element."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.backends.litert.files import unpacked

LARGE = 4096


def repeated(path: Path) -> list[tuple[str, int]]:
    """The names and bytes of large constants whose bytes repeat every eight."""
    model = unpacked(path.read_bytes())
    found = []
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            data = model.buffers[tensor.buffer].data
            if data is not None and len(data) >= LARGE and len(data) % 8 == 0:
                parts = np.asarray(data).reshape(-1, 8)
                if (parts == parts[0]).all():
                    found.append((tensor.name.decode(), len(data)))
    return found


def images_over_time() -> Any:
    keras = load_keras()
    x = keras.Input((3, 16, 16, 2), name="x")
    return keras.Model(x, keras.layers.ConvLSTM2D(8, 3, padding="same", name="y")(x))


def large_images_over_time() -> Any:
    """Its zeros have 128 KB: as a weight would, they stand outside of the module."""
    keras = load_keras()
    x = keras.Input((2, 64, 64, 1), name="x")
    return keras.Model(x, keras.layers.ConvLSTM2D(8, 3, padding="same", name="y")(x))


def lines_over_time() -> Any:
    keras = load_keras()
    x = keras.Input((4, 64, 2), name="x")
    layer = keras.layers.ConvLSTM1D(16, 3, padding="same", return_sequences=True, name="y")
    return keras.Model(x, layer(x))


def widened() -> Any:
    keras = load_keras()
    x = keras.Input((20, 4), name="x")
    threes = keras.ops.full((2, 20, 80), 3.0)
    joined = keras.ops.concatenate([x, threes], axis=-1)
    return keras.Model(x, keras.layers.Identity(name="y")(joined))


@pytest.mark.parametrize(
    ("build", "batch"),
    [
        (images_over_time, None),
        (images_over_time, 2),
        (large_images_over_time, 1),
        (lines_over_time, None),
        (widened, 2),
    ],
)
def test_a_number_is_stored_once(
    build: Callable[[], Any], batch: int | None, tmp_path: Path
) -> None:
    load_keras().utils.set_random_seed(0)
    model, path = build(), tmp_path / "model.tflite"
    result = lir.export(model, path, strategies=(lir.StableHLO(),), batch_size=batch)
    assert result.parity is not None
    assert result.parity.notes == ()
    assert repeated(path) == []
    shape = (batch or 3, *model.inputs[0].shape[1:])
    x = np.random.default_rng(5).standard_normal(shape).astype(np.float32)
    found = lir.LiteRTFile(path).run({"x": x})["y"]
    np.testing.assert_allclose(found, np.asarray(model(x)), atol=2e-6)


@pytest.mark.parametrize("recipe", ["dynamic", "int8"])
def test_quantized_files_repeat_it_too(recipe: str, tmp_path: Path) -> None:
    load_keras().utils.set_random_seed(0)
    x = np.random.default_rng(5).standard_normal((2, 3, 16, 16, 2)).astype(np.float32)
    result = lir.export(
        images_over_time(),
        tmp_path / "model.tflite",
        quantization=recipe,
        representative_dataset=[x] if recipe == "int8" else None,
        strategies=(lir.StableHLO(),),
        batch_size=2,
    )
    assert result.parity is not None
    assert result.parity.agrees
    assert repeated(tmp_path / "model.tflite") == []


def test_biases_of_zeros_stay(tmp_path: Path) -> None:
    keras = load_keras()
    x = keras.Input((4, 4, 2), name="x")
    model = keras.Model(x, keras.layers.Conv2D(1024, 1, name="y")(x))
    lir.export(model, tmp_path / "model.tflite", strategies=(lir.StableHLO(),))
    assert [size for _, size in repeated(tmp_path / "model.tflite")] == [4096]
