"""What is right at special values costs nothing where values are known not to be special."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from typing import Any

import keras
import pytest
from keras import layers, ops

import litert_ir as lir
from tests.stablehlo.special_values.functions import Function
from tests.stablehlo.sweep.attempt import count_ops
from tests.stablehlo.sweep.case import Apply


def _of(function: Function) -> Callable[[], Any]:
    return lambda: Apply(function)


COSTS: dict[str, tuple[Callable[[], Any], dict[str, int]]] = {
    "layer normalization": (
        lambda: layers.LayerNormalization(center=False, scale=False),
        {"MEAN": 2, "SQUARED_DIFFERENCE": 1, "ADD": 1, "RSQRT": 1, "SUB": 1, "MUL": 1},
    ),
    "root mean square": (
        layers.RMSNormalization,
        {"MUL": 2, "MEAN": 1, "ADD": 1, "RSQRT": 1},
    ),
    "unit vectors": (
        layers.UnitNormalization,
        {"MUL": 2, "SUM": 1, "MAXIMUM": 1, "RSQRT": 1},
    ),
    "a bound from below": (
        _of(lambda x: ops.rsqrt(ops.maximum(x, 1e-6))),
        {"MAXIMUM": 1, "RSQRT": 1},
    ),
    "a square and an epsilon": (
        _of(lambda x: ops.rsqrt(ops.square(x) + 1e-6)),
        {"MUL": 1, "ADD": 1, "RSQRT": 1},
    ),
    "a sigmoid and an epsilon": (
        _of(lambda x: 1 / ops.sqrt(0.5 * ops.sigmoid(x) + 0.1)),
        {"LOGISTIC": 1, "MUL": 1, "ADD": 1, "RSQRT": 1},
    ),
    "a softplus and an epsilon": (
        _of(lambda x: ops.rsqrt(ops.softplus(ops.abs(x)) + 0.25)),
        {
            "ABS": 1,
            "EXP": 1,
            "MAXIMUM": 1,
            "GREATER": 1,
            "LESS": 1,
            "ADD": 2,
            "LOG": 1,
            "SELECT": 2,
            "RSQRT": 1,
        },
    ),
    "one and an exponential": (
        _of(lambda x: ops.rsqrt(1 + ops.exp(x))),
        {"EXP": 1, "MAXIMUM": 1, "ADD": 1, "RSQRT": 1},
    ),
    "numbers from one to two": (
        _of(lambda x: ops.rsqrt(1.5 - ops.tanh(x) / 2)),
        {"TANH": 1, "MUL": 1, "SUB": 1, "RSQRT": 1},
    ),
    "a quotient by any root": (
        _of(lambda x: x / ops.sqrt(ops.abs(x))),
        {"ABS": 1, "SQRT": 1, "DIV": 1},
    ),
    "a multiple of any reciprocal root": (
        _of(lambda x: 3.0 * ops.rsqrt(x)),
        {"SQRT": 1, "DIV": 1},
    ),
    "an exponential": (_of(ops.exp), {"EXP": 1, "MAXIMUM": 1}),
    "an exponential of an integer": (
        _of(lambda x: ops.exp(-0.1 * ops.cast(ops.cast(x, "int32"), "float32"))),
        {"CAST": 2, "MUL": 1, "EXP": 1},
    ),
    "a quotient by a number": (_of(lambda x: ops.floor_divide(x, 3.0)), {"FLOOR_DIV": 1}),
    "a quotient by any number": (
        _of(lambda x: ops.floor_divide(3.0, x)),
        {"DIV": 1, "FLOOR": 1},
    ),
    "buckets": (
        lambda: layers.Discretization(bin_boundaries=[0.0, 1.0]),
        {"RESHAPE": 2, "LESS": 1, "SELECT_V2": 1, "SUM": 1},
    ),
}


@pytest.mark.parametrize("name", COSTS)
def test_there_are_no_other_operators(name: str) -> None:
    make, wanted = COSTS[name]
    inputs = keras.Input((6,), batch_size=2)
    model = keras.Model(inputs, make()(inputs))
    plan = lir.plan_for(model)
    result = lir.execute(plan, model, strategies=(lir.StableHLO(),), verify=False)
    assert result.content is not None
    assert count_ops(result.content) == wanted
