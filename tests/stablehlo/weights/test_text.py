from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from litert_ir.stablehlo.weights.elementwise_functions import BinaryFunction, UnaryFunction
from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Broadcast,
    Concatenate,
    Convert,
    Literal,
    Pad,
    Parameter,
    Reshape,
    Reverse,
    Slice,
    Transpose,
    Unary,
    WeightExpr,
)
from litert_ir.stablehlo.weights.text import weight_text
from tests.stablehlo.weights.expressions import Case, cases


def literal(array: NDArray[Any]) -> Literal:
    return Literal(array.tobytes(), array.shape, array.dtype.name)


W = Parameter(0, (2, 3), "float32")
HALF = literal(np.array(0.5, np.float32))
TENTHS = Broadcast(literal(np.array(0.1, np.float32)), (2, 3), ())
BIG = Literal(bytes(4 * 100), (4, 25), "float32")


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Parameter(3, (2,), "int8"), "parameter 3"),
        (Transpose(W, (1, 0)), "transpose(kernel, [1, 0])"),
        (Reshape(W, (6,)), "reshape(kernel, [6])"),
        (Convert(W, "bfloat16"), "convert(kernel, bfloat16)"),
        (Slice(W, (0, 1), (2, 3), (1, 2)), "kernel[0:2, 1:3:2]"),
        (Unary(UnaryFunction.NEGATE, W), "negate(kernel)"),
        (
            Binary(BinaryFunction.MULTIPLY, W, TENTHS),
            "multiply(kernel, broadcast(0.1, [2, 3], dims = []))",
        ),
        (Concatenate((W, W), 1), "concatenate(kernel, kernel, dim = 1)"),
        (Reverse(W, (1,)), "reverse(kernel, dims = [1])"),
        (
            Pad(W, (0, 1), (0, 0), (0, 0), HALF),
            "pad(kernel, 0.5, low = [0, 1], high = [0, 0], interior = [0, 0])",
        ),
        (literal(np.arange(4, dtype=np.int32).reshape(2, 2)), "[[0, 1], [2, 3]]"),
        (BIG, "<4x25 float32>"),
    ],
)
def test_expressions_read_as_calls(expr: WeightExpr, text: str) -> None:
    assert weight_text(expr, {0: "kernel"}) == text


@given(cases())
def test_every_expression_is_one_line_that_names_its_parameters(case: Case) -> None:
    names = {index: f"variable_{index}" for index in range(len(case.variables))}
    text = weight_text(case.expr, names)
    assert "\n" not in text
    assert "parameter " not in text
