"""Random small Functional models convert at a dynamic batch and compute what Keras computes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import litert_ir as lir
from litert_ir.backends import load_keras

keras = load_keras()
layers = keras.layers

Step = Callable[[Any], Any]
ACTIVATIONS = st.sampled_from(["relu", "gelu", "tanh", "sigmoid", "silu", "softmax", "hard_silu"])
PADDINGS = st.sampled_from(["same", "valid"])
SIZES = st.integers(1, 3)
UNITS = st.integers(1, 9)


@attrs.frozen
class Described:
    """A step, and the words that a failing example shows; it has new layers at each use."""

    words: str
    make: Callable[..., Step] = attrs.field(repr=False)
    arguments: tuple[Any, ...] = attrs.field(repr=False)

    def apply(self, x: Any) -> Any:
        return self.make(*self.arguments)(x)


def described(make: Callable[..., Step], name: str, *arguments: Any) -> st.SearchStrategy[Any]:
    return st.tuples(*arguments).map(lambda drawn: Described(f"{name}{drawn}", make, drawn))


def convolution(units: int, size: int, padding: str, stride: int, activation: str) -> Step:
    return cast(Step, layers.Conv2D(units, size, stride, padding, activation=activation))


def dilated(units: int, size: int, padding: str, rate: int) -> Step:
    return cast(Step, layers.Conv2D(units, size, padding=padding, dilation_rate=rate))


def depthwise(size: int, padding: str, multiplier: int) -> Step:
    return cast(Step, layers.DepthwiseConv2D(size, 1, padding, depth_multiplier=multiplier))


def transposed(units: int, size: int, stride: int, padding: str) -> Step:
    return cast(Step, layers.Conv2DTranspose(units, size, stride, padding))


def pooled(average: bool, size: int, padding: str) -> Step:
    pool = layers.AveragePooling2D if average else layers.MaxPooling2D
    return cast(Step, pool(size, padding=padding))


def normalized(kind: str) -> Step:
    chosen = {"batch": layers.BatchNormalization, "layer": layers.LayerNormalization}[kind]
    return cast(Step, chosen())


def dense(units: int, activation: str) -> Step:
    return cast(Step, layers.Dense(units, activation=activation))


def residual(activation: str) -> Step:
    return lambda x: x + layers.Dense(x.shape[-1], activation=activation)(x)


def joined(units: int) -> Step:
    return lambda x: layers.Concatenate()([layers.Dense(units)(x), x])


def gated() -> Step:
    return lambda x: x * layers.Dense(x.shape[-1], activation="sigmoid")(x)


def attention(heads: int, depth: int) -> Step:
    def apply(x: Any) -> Any:
        sequence = layers.Reshape((-1, x.shape[-1]))(x)
        return layers.Reshape(x.shape[1:])(
            layers.MultiHeadAttention(heads, depth)(sequence, sequence)
        )

    return apply


STEPS = st.one_of(
    described(convolution, "convolution", UNITS, SIZES, PADDINGS, SIZES, ACTIVATIONS),
    described(dilated, "dilated", UNITS, SIZES, PADDINGS, st.integers(2, 3)),
    described(depthwise, "depthwise", SIZES, PADDINGS, st.integers(1, 2)),
    described(transposed, "transposed", UNITS, SIZES, SIZES, PADDINGS),
    described(pooled, "pooled", st.booleans(), st.integers(2, 3), PADDINGS),
    described(normalized, "normalized", st.sampled_from(["batch", "layer"])),
    described(dense, "dense", UNITS, ACTIVATIONS),
    described(residual, "residual", ACTIVATIONS),
    described(joined, "joined", UNITS),
    described(gated, "gated"),
    described(attention, "attention", st.integers(1, 3), st.integers(1, 4)),
)
SHAPES = st.tuples(st.integers(9, 14), st.integers(9, 14), st.integers(1, 5))


def applicable(x: Any, step: Described) -> Any:
    """The step's result; the value itself where the image became too small for the step."""
    try:
        return step.apply(x)
    except ValueError:
        return x


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis:UserWarning")
@settings(max_examples=30)
@given(shape=SHAPES, steps=st.lists(STEPS, min_size=1, max_size=5), branches=st.integers(1, 2))
def test_a_random_model_converts_and_agrees(
    shape: tuple[int, int, int], steps: list[Described], branches: int
) -> None:
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    inputs = keras.Input(shape, name="image")
    outputs = {}
    for branch in range(branches):
        x = inputs
        for step in steps[branch:] or steps:
            x = applicable(x, step)
        outputs[f"out_{branch}"] = layers.Identity()(x)
    model = keras.Model(inputs, outputs)
    result = lir.execute(lir.plan_for(model), model, strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.agrees
