"""Comparisons in quantized files: what a mask takes out stays out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema
from litert_ir.backends.litert.files import unpacked
from tests.conversion.exports import Array

STEPS, VALID, FEATURES = 12, 8, 4


def padded(count: int, value: float, seed: int = 0) -> Array:
    """Series of which the last third is one number; in each series more of it."""
    x = np.random.default_rng(seed).standard_normal((count, STEPS, FEATURES)).astype(np.float32)
    x[:, VALID:] = value
    return x


def averaged(value: float) -> Any:
    """The mean over the steps that a mask leaves, of a layer's results and of the input."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    layers = keras.layers
    x = keras.Input((STEPS, FEATURES), name="x")
    y = layers.Masking(value)(x)
    y = layers.Dense(32, bias_initializer="ones")(y)
    return keras.Model(x, layers.GlobalAveragePooling1D(name="y")(y))


def recurrent(value: float) -> Any:
    keras = load_keras()
    keras.utils.set_random_seed(0)
    layers = keras.layers
    x = keras.Input((STEPS, FEATURES), name="x")
    y = layers.Reshape((STEPS, FEATURES))(layers.Reshape((STEPS * FEATURES,))(x))
    y = layers.LSTM(16)(layers.Masking(value)(y))
    return keras.Model(x, layers.Dense(3, name="y")(y))


def gated(value: float) -> Any:
    """Thresholds on the input, and a choice by them of what a layer computes."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    x = keras.Input((STEPS, FEATURES), name="x")
    counts = keras.ops.abs(x - value) > 1e-3
    y = keras.layers.Dense(32)(keras.ops.where(counts, x, 0.0))
    kept = keras.ops.any(counts, axis=-1, keepdims=True)
    return keras.Model(x, keras.layers.Identity(name="y")(keras.ops.where(kept, y, 5.0)))


def near(value: float) -> Array:
    """Series with a step that is next to the mask's number, and counts."""
    x = padded(16, value, 99)
    x[:, VALID] = value + 0.004
    return x


def quantized(
    model: Any, path: Path, samples: list[Array], recipe: lir.Quantization
) -> lir.LiteRTFile:
    lir.export(
        model,
        path,
        quantization=recipe,
        representative_dataset=samples,
        strategies=(lir.StableHLO(),),
        verify=False,
    )
    return lir.LiteRTFile(path)


def error(model: Any, file: lir.LiteRTFile, x: Array) -> float:
    """The largest difference, relative to the model's largest value."""
    wanted = np.asarray(model(x))
    result = file.dequantize("y", file.run({"x": file.quantize("x", x)})["y"])
    return float(np.abs(result - wanted).max() / np.abs(wanted).max())


@pytest.mark.parametrize("recipe", ["int8", "int16x8"])
@pytest.mark.parametrize(
    ("build", "value"),
    [
        *((averaged, value) for value in (0.0, -1.0)),
        *((build, value) for build in (recurrent, gated) for value in (0.0, -1.0, -999.0)),
    ],
)
def test_what_is_masked_stays_masked(
    build: Callable[[float], Any], value: float, recipe: str, tmp_path: Path
) -> None:
    model = build(value)
    # Steps next to -999 would take most of the range that is calibrated.
    samples = [padded(16, value, 99), *([near(value)] if value > -9 else [])]
    file = quantized(model, tmp_path / "m.tflite", samples, lir.Quantization.named(recipe))
    for x in samples:
        assert error(model, file, x) < 0.06


def names_of_float_operators(path: Path) -> list[str]:
    schema = load_schema()
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    model = unpacked(path.read_bytes())
    graph = model.subgraphs[0]
    return [
        names[model.operatorCodes[each.opcodeIndex].builtinCode]
        for each in graph.operators
        if graph.tensors[each.inputs[-2 if len(each.inputs) > 1 else 0]].type
        == schema.TensorType.FLOAT32
    ]


def test_layers_are_integers_all_the_same(tmp_path: Path) -> None:
    recipe = lir.Quantization.named("int8")
    quantized(gated(-1.0), tmp_path / "m.tflite", [padded(16, -1.0)], recipe)
    assert "FULLY_CONNECTED" not in names_of_float_operators(tmp_path / "m.tflite")
    assert "GREATER" in names_of_float_operators(tmp_path / "m.tflite")


def test_integer_inputs_are_compared_as_integers(tmp_path: Path) -> None:
    recipe = attrs.evolve(lir.Quantization.named("int8"), input_type=lir.DType.INT8)
    model, samples = averaged(0.0), [padded(16, 0.0, 99)]
    file = quantized(model, tmp_path / "m.tflite", samples, recipe)
    assert file.inputs[0].dtype == "int8"
    assert "NOT_EQUAL" not in names_of_float_operators(tmp_path / "m.tflite")
    assert error(model, file, samples[0]) < 0.1
