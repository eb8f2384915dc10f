"""Updates of variables, and which of them the outputs of a call depend on."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import pytest
import tensorflow as tf

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.tensorflow.dependence import dependent_on
from litert_ir.errors import UnsupportedModelError
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, TensorSpec

Function = Callable[..., Any]


def _loop(one: Any, other: Any) -> Any:
    """The first variable of a loop is the sum of the second one, which grows by itself."""
    start = (tf.constant(0), tf.zeros(()), one, other)

    def body(count: Any, total: Any, value: Any, idle: Any) -> Any:
        return count + 1, total + value, value + 1.0, idle * 2.0

    return tf.while_loop(lambda count, *_: count < 3, body, start)[1]


def _loop_of_limit(one: Any, other: Any) -> Any:
    def body(count: Any, idle: Any) -> Any:
        return count + 1.0, idle + other

    return tf.while_loop(lambda count, _: count < one, body, (tf.zeros(()), other))[0]


def _branch(one: Any, other: Any) -> Any:
    return tf.cond(one > 0.0, lambda: (one, other), lambda: (2.0 * one, one))[0]


def _choice(one: Any, other: Any) -> Any:
    del other
    return tf.cond(one > 0.0, lambda: 1.0, lambda: 2.0)


def _call(one: Any, other: Any) -> Any:
    return tf.function(lambda a, b: (tf.exp(b), tf.sin(a)), autograph=False)(other, one)[0]


@pytest.mark.parametrize("function", [_loop, _loop_of_limit, _branch, _choice, _call])
def test_dead_code_in_loops_branches_and_calls_does_not_count(function: Function) -> None:
    number = tf.TensorSpec((), tf.float32)
    made: list[Any] = []

    def run(one: Any, other: Any) -> Any:
        result = function(one, other)
        made.append((result, (one, other), (tf.add(one, other), one)))
        return result

    graph = tf.function(run, autograph=False).get_concrete_function(number, number).graph
    result, arguments, (total, _) = made[-1]
    assert dependent_on(graph, [result], arguments) == (True, False)
    assert dependent_on(graph, [total, result], arguments) == (True, True)
    assert dependent_on(graph, [arguments[1]], arguments) == (False, True)


class Updating(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Has a memory and a counter, which a function of both reads and writes."""

    def __init__(self, function: Function) -> None:
        super().__init__(name="updating")
        self.memory = self.add_weight(shape=(), name="memory", initializer="ones")
        self.counter = self.add_weight(shape=(), name="counter", initializer="zeros")
        self.function = function

    def call(self, x: Any) -> Any:
        return self.function(self, x)


def _counting(model: Any, x: Any) -> Any:
    model.counter.assign(model.counter + model.memory)
    return x * model.memory


def _remembering(model: Any, x: Any) -> Any:
    model.memory.assign(keras.ops.sum(x))
    return x * model.memory


def _delayed(model: Any, x: Any) -> Any:
    y = x * model.memory
    model.memory.assign(model.counter)
    model.counter.assign(model.counter + 1.0)
    return y


def _call_of(model: Any) -> InferenceCall:
    spec = TensorSpec(name="x", shape=(2, 3), dtype=DType.FLOAT32)
    return InferenceCall(model, Signature((Argument("x", spec),)))


def _on_weights(call: InferenceCall) -> Any:
    values = [tf.convert_to_tensor(weight) for weight in call.weights]
    function = tf.function(lambda x, *given: call.on_weights([x], given), autograph=False)
    return lambda x: function(x, *values)


def _with_its_own(call: InferenceCall) -> Any:
    return tf.function(lambda x: call([x]), autograph=False)


both_ways = pytest.mark.parametrize("traced", [_on_weights, _with_its_own])


@both_ways
@pytest.mark.parametrize("function", [_counting, _remembering])
def test_updates_that_no_output_of_a_later_call_depends_on_are_left_out(
    function: Function, traced: Function
) -> None:
    model, given = Updating(function), tf.ones((2, 3))
    run = traced(_call_of(model))
    first, second = run(given), run(given)
    assert [float(model.memory), float(model.counter)] == [1.0, 0.0]
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, model(given))


@both_ways
def test_state_of_which_a_later_call_depends_is_refused(traced: Function) -> None:
    model = Updating(_delayed)
    with pytest.raises(UnsupportedModelError, match="changes its own state") as caught:
        traced(_call_of(model))(tf.ones((2, 3)))
    assert caught.value.received == "1 updated variable(s): memory"
    assert caught.value.where == "model 'updating'"
