"""Faults of generalization are caught by the structural check and by verification, each alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConversionError,
    FileRejectedError,
    NotGeneralError,
    ParityError,
)
from litert_ir.stablehlo.dynamic_shapes import generalize
from litert_ir.stablehlo.dynamic_shapes.generalize import General
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph

keras = load_keras()
STRATEGY = "litert_ir.stablehlo.strategy"
Plant = Callable[[pytest.MonkeyPatch], None]


class Widened(keras.layers.Layer):  # type: ignore[misc, name-defined]
    """Appends zeros, of which there are as many as steps."""

    def call(self, x: Any) -> Any:
        batch, length, _ = keras.ops.shape(x)
        return keras.ops.concatenate([x, keras.ops.zeros((batch, length, 2))], axis=-1)


def widened() -> Any:
    x = keras.Input((None, 4), name="x")
    return keras.Model(x, Widened()(x))


def convolved() -> Any:
    x = keras.Input((None, None, 3), name="x")
    return keras.Model(x, keras.layers.Conv2D(4, 3, strides=2, bias_initializer="ones")(x))


def bake_sizes_in(patch: pytest.MonkeyPatch) -> None:
    """Let the generalizer take each size as it is at the first point."""
    patch.setattr(DynamicGraph, "extent", lambda _self, sizes, _step, _constant: sizes[0])


def pad_as_same(patch: pytest.MonkeyPatch) -> None:
    """Let the generalizer pad where the model does not."""
    real = generalize.generalize

    def padding(*models: Any, **options: Any) -> General:
        general = real(*models, **options)
        for step in general.model.subgraphs[0].operators:
            if hasattr(step.builtinOptions, "strideH"):
                step.builtinOptions.padding = load_schema().Padding.SAME
        return general

    patch.setattr(f"{STRATEGY}.generalize", padding)


FAULTS = [
    pytest.param(bake_sizes_in, widened, id="a size is baked in"),
    pytest.param(pad_as_same, convolved, id="SAME for VALID"),
]


def error_of(model: Any, *, verify: bool) -> ConversionError:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.execute(lir.plan_for(model), model, strategies=(lir.StableHLO(),), verify=verify)
    error = caught.value.attempts[0].error
    assert isinstance(error, ConversionError)
    return error


@pytest.mark.parametrize(("plant", "build"), FAULTS)
def test_without_faults_the_models_convert(plant: Plant, build: Callable[[], Any]) -> None:
    del plant
    model = build()
    result = lir.execute(lir.plan_for(model), model, strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.agrees


@pytest.mark.parametrize(("plant", "build"), FAULTS)
def test_the_structural_check_alone_catches_a_fault(
    monkeypatch: pytest.MonkeyPatch, plant: Plant, build: Callable[[], Any]
) -> None:
    plant(monkeypatch)
    error = error_of(build(), verify=False)
    assert isinstance(error, NotGeneralError)
    assert "is wrong at a size that was held out" in error.summary


@pytest.mark.parametrize(("plant", "build"), FAULTS)
def test_verification_alone_catches_a_fault(
    monkeypatch: pytest.MonkeyPatch, plant: Plant, build: Callable[[], Any]
) -> None:
    plant(monkeypatch)
    monkeypatch.setattr(f"{STRATEGY}.check_instance", lambda _general, _held_out: None)
    assert isinstance(error_of(build(), verify=True), FileRejectedError | ParityError)
