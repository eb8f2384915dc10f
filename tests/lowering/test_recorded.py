"""Signatures from the shapes that Keras recorded when a subclassed model was first called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir import plan_for
from litert_ir.backends import load_keras
from litert_ir.errors import SignatureError
from litert_ir.testing.models import subclassed_model

keras: Any = load_keras()

Lines = Callable[..., list[str]]


def spec(*shape: int | None, dtype: str = "float32") -> Any:
    return keras.InputSpec(shape=shape, dtype=dtype)


def zeros(*shape: int) -> Any:
    return np.zeros(shape, "float32")


class OfNested(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Takes a dict that holds a list."""

    def call(self, inputs: Any) -> Any:
        left, right = inputs["pair"]
        return (left + right) * inputs["gate"]


class OfPair(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def call(self, pair: Any) -> Any:
        return pair[0] - pair[1]


class BuiltByName(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Is built from the shapes of both arguments."""

    def __init__(self) -> None:
        super().__init__(name="built_by_name")
        self.of_x, self.of_y = keras.layers.Dense(2), keras.layers.Dense(2)

    def build(self, x_shape: Any, y_shape: Any) -> None:
        self.of_x.build(x_shape)
        self.of_y.build(y_shape)

    def call(self, x: Any, y: Any) -> Any:
        return self.of_x(x) - self.of_y(y)


class BuiltInReverse(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    def build(self, y_shape: Any, x_shape: Any) -> None: ...

    def call(self, x: Any, y: Any) -> Any:
        return x - y


def test_the_recorded_shapes_of_a_model_that_was_called(lines: Lines) -> None:
    model = subclassed_model(1)
    model(zeros(2, 4))
    plan = plan_for(model)
    assert lines(plan.signature.leaves) == ["query = query (batch=?, 4) float32"]
    (note,) = plan.notes
    assert "recorded the shapes of query but not their dtype; taken as float32" in note
    assert "Pass input_signature" in note


def test_recorded_shapes_are_nested_as_the_argument_was(lines: Lines) -> None:
    model = OfNested()
    model({"pair": [zeros(2, 4), zeros(2, 4)], "gate": zeros(2, 4)})
    assert lines(plan_for(model).signature.leaves) == [
        "inputs['pair'][0] = pair_0 (batch=?, 4) float32",
        "inputs['pair'][1] = pair_1 (batch=?, 4) float32",
        "inputs['gate'] = gate (batch=?, 4) float32",
    ]


def test_shapes_recorded_by_name_are_those_of_several_arguments(lines: Lines) -> None:
    model = BuiltByName()
    model(zeros(2, 4), zeros(2, 5))
    plan = plan_for(model)
    assert lines(plan.signature.leaves) == [
        "x = x (batch=?, 4) float32",
        "y = y (batch=?, 5) float32",
    ]
    assert "shapes of x, y" in plan.notes[0]


def test_recorded_shapes_are_in_the_order_of_call_and_not_of_build() -> None:
    model = BuiltInReverse()
    model(zeros(2, 4), zeros(2, 4))
    assert [argument.name for argument in plan_for(model).signature.arguments] == ["x", "y"]


def test_a_built_model_takes_another_signature_than_the_recorded_one() -> None:
    model = OfPair()
    model([zeros(2, 4), zeros(2, 4)])
    plan = plan_for(model, input_signature=[[spec(None, 7, dtype="int32")] * 2])
    assert [str(tensor) for tensor in plan.inputs] == ["(batch=?, 7) int32"] * 2
    assert plan.notes == ()


def test_what_keras_did_not_record_is_asked_for_by_name() -> None:
    model = subclassed_model(2)
    model(zeros(2, 4), zeros(2, 5))
    with pytest.raises(SignatureError, match="lacks arguments that call needs") as caught:
        plan_for(model)
    assert [problem.path for problem in caught.value.problems] == ["context"]
    assert "{'query': keras.InputSpec(...), 'context': keras.InputSpec(...)}" in caught.value.advice
    assert plan_for(model, input_signature=[spec(None, 4), spec(None, 5)]).notes == ()
