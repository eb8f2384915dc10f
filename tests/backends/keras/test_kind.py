"""Which models there are: functional, sequential, subclassed, and none."""

from __future__ import annotations

import re
from typing import Any

import pytest

from litert_ir import ModelKind, plan_for
from litert_ir.backends import load_keras
from litert_ir.backends.keras.kind import kind_of
from litert_ir.errors import UnsupportedModelError
from litert_ir.testing import models

keras: Any = load_keras()


class BareFunctional(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Becomes a functional model by the arguments of its constructor."""

    def __init__(self) -> None:
        features = keras.Input((4,), name="features")
        super().__init__(features, keras.layers.Dense(2, name="out")(features))


class CallingFunctional(BareFunctional):
    def call(self, features: Any) -> Any:
        return 2.0 * super().call(features)


class FurtherFunctional(CallingFunctional):
    """Inherits the overridden call."""


class CallingSequential(keras.Sequential):  # type: ignore[misc]  # keras has no type stubs
    def call(self, features: Any, scale: Any) -> Any:
        return super().call(features) * scale


@pytest.mark.parametrize("build", models.FUNCTIONAL_MODELS.values(), ids=models.FUNCTIONAL_MODELS)
def test_models_of_declared_inputs_are_functional(build: Any) -> None:
    assert plan_for(build()).kind is ModelKind.FUNCTIONAL


def test_a_sequential_model_is_sequential() -> None:
    assert plan_for(models.sequential_model()).kind is ModelKind.SEQUENTIAL


def test_a_sequential_model_is_that_before_it_is_built_too() -> None:
    assert kind_of(keras.Sequential()) is ModelKind.SEQUENTIAL


@pytest.mark.parametrize("arguments", [1, 2, 3])
def test_a_model_with_its_own_call_is_subclassed(arguments: int) -> None:
    assert kind_of(models.subclassed_model(arguments)) is ModelKind.SUBCLASSED


def test_a_class_of_functional_models_is_functional() -> None:
    assert kind_of(BareFunctional()) is ModelKind.FUNCTIONAL


@pytest.mark.parametrize("cls", [CallingFunctional, FurtherFunctional])
def test_a_class_of_functional_models_with_its_own_call_is_subclassed(cls: Any) -> None:
    specs = [keras.InputSpec(shape=(None, 4), dtype="float32")]
    plan = plan_for(cls(), input_signature=specs)
    assert plan.kind is ModelKind.SUBCLASSED
    assert [argument.name for argument in plan.signature.arguments] == ["features"]


def test_what_a_functional_model_declares_is_known_to_its_own_call_too() -> None:
    (spec,) = plan_for(CallingFunctional()).inputs
    assert spec.sizes == (None, 4)


def test_a_class_of_sequential_models_with_its_own_call_is_subclassed() -> None:
    model = CallingSequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert kind_of(model) is ModelKind.SUBCLASSED


@pytest.mark.parametrize(
    ("value", "received", "advice"),
    [
        (3, "an object of type builtins.int", "pass a Keras 3 model"),
        ("model.keras", "an object of type builtins.str", "pass a Keras 3 model"),
        (None, "an object of type builtins.NoneType", "pass a Keras 3 model"),
        (BareFunctional, f"the class {__name__}.BareFunctional", "create an instance"),
        (keras.layers.Dense(2), "Dense", r"keras.Sequential\(\[keras.Input\(...\), layer\]\)"),
        (keras.Input((2,)), "KerasTensor", "pass a Keras 3 model"),
    ],
    ids=["int", "str", "None", "class", "layer", "tensor"],
)
def test_what_is_no_model_is_refused(value: Any, received: str, advice: str) -> None:
    with pytest.raises(UnsupportedModelError, match="is not supported for export") as caught:
        plan_for(value)
    assert caught.value.where == "model"
    assert "instance of keras.Model" in caught.value.expected
    assert caught.value.received.endswith(received)
    assert caught.value.summary.startswith(caught.value.received)
    assert re.search(advice, caught.value.advice)
