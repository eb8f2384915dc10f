from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.errors import ConversionError
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
from litert_ir.stablehlo.weights.simplify import (
    broadcasted,
    concatenated,
    converted,
    flipped,
    padded,
    reshaped,
    sliced,
    transposed,
)
from tests.stablehlo.weights.expressions import Case, cases

W = Parameter(0, (2, 3, 4), "float32")
ZERO = Literal(b"\0\0\0\0", (), "float32")
FLAGS = Parameter(1, (2,), "bool")
COUNTS = Parameter(2, (2,), "int32")


@given(cases())
def test_shape_type_and_size_are_those_of_the_value(case: Case) -> None:
    assert case.expr.shape == case.value.shape
    assert case.expr.dtype == case.value.dtype.name
    assert case.expr.nbytes == case.value.nbytes


@given(cases())
def test_an_expression_survives_pickling(case: Case) -> None:
    again = pickle.loads(pickle.dumps(case.expr))
    assert again == case.expr
    assert hash(again) == hash(case.expr)


def test_equal_expressions_are_one_key_and_others_are_not() -> None:
    same = Parameter(0, (2, 3, 4), "float32")
    assert {Transpose(W, (2, 0, 1)): "one"}[Transpose(same, (2, 0, 1))] == "one"
    assert len({W, Transpose(W, (2, 0, 1)), Transpose(W, (1, 0, 2)), Reshape(W, (6, 4))}) == 4
    zeros = (Literal(b"\0\0\0\0", (), "float32"), Literal(b"\0\0\0\x80", (), "float32"))
    assert zeros[0] != zeros[1], "a negative zero has other bytes"


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (transposed(W, (0, 1, 2)), W),
        (transposed(transposed(W, (2, 0, 1)), (1, 2, 0)), W),
        (transposed(transposed(W, (2, 0, 1)), (0, 2, 1)), Transpose(W, (2, 1, 0))),
        (reshaped(W, (2, 3, 4)), W),
        (reshaped(reshaped(W, (6, 4)), (2, 3, 4)), W),
        (reshaped(reshaped(W, (6, 4)), (24,)), Reshape(W, (24,))),
        (converted(W, "float32"), W),
        (
            converted(converted(W, "float16"), "float32"),
            Convert(Convert(W, "float16"), "float32"),
        ),
        (sliced(W, (0, 0, 0), (2, 3, 4), (1, 1, 1)), W),
        (
            sliced(sliced(W, (0, 1, 0), (2, 3, 4), (1, 1, 2)), (1, 0, 1), (2, 2, 2), (1, 1, 1)),
            Slice(W, (1, 1, 2), (2, 3, 3), (1, 1, 2)),
        ),
        (broadcasted(W, (2, 3, 4), (0, 1, 2)), W),
        (broadcasted(W, (1, 2, 3, 1, 4), (1, 2, 4)), Reshape(W, (1, 2, 3, 1, 4))),
        (
            broadcasted(W, (4, 2, 3, 5), (1, 2, 0)),
            Broadcast(Transpose(W, (2, 0, 1)), (4, 2, 3, 5), (0, 1, 2)),
        ),
        (
            broadcasted(broadcasted(ZERO, (3,), ()), (2, 3), (1,)),
            Broadcast(ZERO, (2, 3), ()),
        ),
        (flipped(W, ()), W),
        (flipped(Reshape(W, (1, 24)), (1, 0)), Reverse(Reshape(W, (1, 24)), (1,))),
        (concatenated([W], 1), W),
        (padded(W, (0, 0, 0), (0, 0, 0), (0, 0, 0), ZERO), W),
        (padded(Reshape(ZERO, (1,)), (0,), (0,), (5,), ZERO), Reshape(ZERO, (1,))),
        (
            padded(W, (1, 0, 0), (-1, 0, 0), (0, 0, 0), ZERO),
            Pad(W, (1, 0, 0), (-1, 0, 0), (0, 0, 0), ZERO),
        ),
    ],
)
def test_what_changes_nothing_is_left_out(built: WeightExpr, expected: WeightExpr) -> None:
    assert built == expected


@pytest.mark.parametrize(
    ("build", "node", "expected"),
    [
        (lambda: Parameter(-1, (), "float32"), "Parameter", "an index"),
        (lambda: Parameter(0, (2, -1), "float32"), "Parameter", "sizes"),
        (lambda: Parameter(0, (2,), "complex64"), "Parameter", "bfloat16"),
        (lambda: Literal(b"123", (), "float32"), "Literal", "4 bytes"),
        (lambda: Transpose(W, (0, 1)), "Transpose", "permutation of 3"),
        (lambda: Transpose(W, (0, 1, 1)), "Transpose", "permutation of 3"),
        (lambda: Reshape(W, (5, 5)), "Reshape", "as many elements"),
        (lambda: Convert(W, "string"), "Convert", "bfloat16"),
        (lambda: Slice(W, (0, 0, 0), (2, 3, 5), (1, 1, 1)), "Slice", "inside"),
        (lambda: Slice(W, (0, 0, 0), (2, 3, 4), (1, 1, 0)), "Slice", "inside"),
        (lambda: Slice(W, (0,), (2,), (1,)), "Slice", "inside"),
        (lambda: Broadcast(W, (2, 3, 4, 5), (0, 1, 3)), "Broadcast", "stretches"),
        (lambda: Broadcast(W, (4, 3, 2), (2, 1, 0)), "Broadcast", "increasing"),
        (lambda: Broadcast(W, (2, 3), (0, 1, 2)), "Broadcast", "increasing"),
        (lambda: Unary(UnaryFunction.NEGATE, FLAGS), "Unary", "negate"),
        (lambda: Unary(UnaryFunction.SQRT, COUNTS), "Unary", "sqrt"),
        (lambda: Binary(BinaryFunction.ADD, W, ZERO), "Binary", "equal shape"),
        (lambda: Binary(BinaryFunction.DIVIDE, COUNTS, COUNTS), "Binary", "divide"),
        (lambda: Concatenate((), 0), "Concatenate", "differ in one axis"),
        (lambda: Concatenate((W, Reshape(W, (2, 4, 3))), 1), "Concatenate", "differ in one"),
        (lambda: Concatenate((FLAGS, COUNTS), 0), "Concatenate", "one type"),
        (lambda: Concatenate((ZERO, ZERO), 0), "Concatenate", "one axis"),
        (lambda: Reverse(W, (3,)), "Reverse", "axes"),
        (lambda: Pad(W, (0,), (0,), (0,), ZERO), "Pad", "widths"),
        (lambda: Pad(FLAGS, (-3,), (0,), (0,), ZERO), "Pad", "widths"),
        (lambda: Pad(FLAGS, (0,), (0,), (-1,), ZERO), "Pad", "widths"),
        (lambda: Pad(FLAGS, (1,), (0,), (0,), ZERO), "Pad", "scalar bool"),
    ],
)
def test_an_expression_that_exists_is_sound(
    build: Callable[[], Any], node: str, expected: str
) -> None:
    with pytest.raises(ConversionError, match="contradicts itself") as caught:
        build()
    assert caught.value.where == node
    assert expected in caught.value.expected


@given(st.sampled_from(sorted(UnaryFunction, key=str)))
def test_functions_are_named_after_their_ops(function: UnaryFunction) -> None:
    assert UnaryFunction(function.name.lower()) is function
    assert function.takes("float32")


def test_a_literal_prints_its_size_only() -> None:
    array = np.zeros(1000, np.float32)
    assert "<4000 bytes>" in repr(Literal(array.tobytes(), (1000,), "float32"))
