from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from litert_ir.errors import ConversionError
from litert_ir.stablehlo.weights.elementwise_functions import BinaryFunction, UnaryFunction
from litert_ir.stablehlo.weights.evaluate import evaluate, evaluate_chunks
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
from litert_ir.stablehlo.weights.slabs import part_of, streams, tightened
from tests.stablehlo.weights.expressions import Case, cases

MIB = 1 << 20


def assert_same(found: NDArray[Any], wanted: NDArray[Any]) -> None:
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    # Of NaNs, only the place counts.
    np.testing.assert_array_equal(found.astype(np.float64), wanted.astype(np.float64))


@given(cases())
def test_an_expression_has_the_value_that_numpy_gives_its_steps(case: Case) -> None:
    assert_same(evaluate(case.expr, case.variable), case.value)


@given(cases(), st.integers(1, 400))
def test_chunks_joined_are_the_whole(case: Case, chunk_bytes: int) -> None:
    whole = evaluate(case.expr, case.variable).tobytes()
    chunks = [bytes(c) for c in evaluate_chunks(case.expr, case.variable, chunk_bytes)]
    assert b"".join(chunks) == whole
    itemsize = case.value.dtype.itemsize
    assert all(len(chunk) <= max(chunk_bytes, itemsize) for chunk in chunks)


@given(cases(), st.data())
def test_a_part_of_an_expression_is_the_part_of_its_value(case: Case, data: st.DataObject) -> None:
    axes = [axis for axis, size in enumerate(case.value.shape) if size]
    assume(axes)
    axis = data.draw(st.sampled_from(axes))
    start = data.draw(st.integers(0, case.value.shape[axis] - 1))
    stop = data.draw(st.integers(start + 1, case.value.shape[axis]))
    part = part_of(case.expr, axis, start, stop)
    cut = (slice(None),) * axis + (slice(start, stop),)
    assert_same(evaluate(part, case.variable), case.value[cut])


@given(cases())
def test_tightening_keeps_the_value(case: Case) -> None:
    assert_same(evaluate(tightened(case.expr), case.variable), case.value)


@given(cases())
def test_the_variables_stay_as_they_are(case: Case) -> None:
    before = [array.tobytes() for array in case.variables]
    for array in case.variables:
        array.flags.writeable = False
    evaluate(case.expr, case.variable)
    assert [array.tobytes() for array in case.variables] == before


W = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
EXPR = Parameter(0, (2, 3, 4), "float32")


@pytest.mark.parametrize(
    "expr",
    [
        EXPR,
        Transpose(EXPR, (2, 0, 1)),
        Reshape(EXPR, (6, 4)),
        Slice(EXPR, (0, 1, 0), (2, 3, 4), (1, 1, 3)),
        Reverse(EXPR, (1,)),
        Broadcast(Transpose(EXPR, (2, 0, 1)), (4, 5, 2, 3), (0, 2, 3)),
    ],
)
def test_rearranging_a_variable_copies_nothing(expr: WeightExpr) -> None:
    assert np.shares_memory(evaluate(expr, lambda _: W), W)


@pytest.mark.parametrize(
    "array", [W.reshape(6, 4), W.astype(np.float64), W.astype(">f4")], ids=["shape", "type", "end"]
)
def test_another_variable_than_was_traced_is_refused(array: NDArray[Any]) -> None:
    with pytest.raises(ConversionError, match="another shape or type") as caught:
        evaluate(Transpose(EXPR, (2, 0, 1)), lambda _: array)
    assert caught.value.where == "variable 0"
    assert caught.value.expected == "(2, 3, 4) float32"


@pytest.mark.parametrize(
    ("function", "given", "wanted"),
    [
        (UnaryFunction.SIGN, [-2.0, -0.0, 0.0, 3.0], [-1.0, -0.0, 0.0, 1.0]),
        (UnaryFunction.RSQRT, [4.0, 0.0, 0.25], [0.5, np.inf, 2.0]),
        (UnaryFunction.LOGISTIC, [0.0, -200.0, 200.0], [0.5, 0.0, 1.0]),
        (UnaryFunction.LOG, [1.0, 0.0], [0.0, -np.inf]),
        (UnaryFunction.FLOOR, [-1.5, 1.5], [-2.0, 1.0]),
    ],
)
def test_functions_at_their_corners(
    function: UnaryFunction, given: list[float], wanted: list[float]
) -> None:
    array = np.array(given, np.float32)
    found = evaluate(Unary(function, Parameter(0, array.shape, "float32")), lambda _: array)
    assert found.tobytes() == np.array(wanted, np.float32).tobytes()


def test_halves_are_computed_in_float32_and_rounded_once() -> None:
    tenth = np.full((1,), 0.1, np.float16)
    expr = Unary(UnaryFunction.RSQRT, Parameter(0, (1,), "float16"))
    exact = 1 / np.sqrt(np.float32(tenth[0]))
    assert evaluate(expr, lambda _: tenth)[0] == np.float16(exact)


BIG = Parameter(0, (1024, 2048), "float32")
SCALE = Parameter(1, (1024,), "float32")
KERNEL = Reshape(BIG, (2, 2, 256, 2048))
SCALED = Binary(BinaryFunction.MULTIPLY, BIG, Broadcast(SCALE, BIG.shape, (0,)))


@pytest.mark.parametrize(
    "expr",
    [
        BIG,
        Transpose(BIG, (1, 0)),
        Transpose(KERNEL, (3, 0, 1, 2)),
        SCALED,
        Transpose(SCALED, (1, 0)),
        Reshape(Transpose(SCALED, (1, 0)), (2, 2**20)),
        Reshape(Transpose(SCALED, (1, 0)), (2**20, 2)),
        Reshape(Transpose(SCALED, (1, 0)), (1, 512, 4, 1024)),
        Convert(Slice(Unary(UnaryFunction.EXPONENTIAL, BIG), (0, 5), (1024, 6), (1, 1)), "float16"),
        Concatenate((SCALED, Reverse(BIG, (0, 1))), 1),
        Broadcast(Transpose(BIG, (1, 0)), (2, 3, 2048, 1024), (2, 3)),
        Broadcast(Literal(b"\0\0\0\0", (), "float32"), (1, 4096, 1024), ()),
    ],
    ids=lambda expr: type(expr).__name__,
)
def test_a_slab_is_all_the_memory_that_streaming_takes(expr: WeightExpr) -> None:
    arrays = (np.ones(BIG.shape, np.float32), np.ones(SCALE.shape, np.float32))
    slab = 256 << 10
    tracemalloc.start()
    try:
        total = sum(len(c) for c in evaluate_chunks(expr, arrays.__getitem__, slab))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == expr.nbytes
    assert peak < 5 * slab, "an array of this expression has 8 MiB"


def test_what_cannot_be_cut_is_computed_once() -> None:
    asked = []

    def variable(index: int) -> NDArray[Any]:
        asked.append(index)
        return np.ones(BIG.shape, np.float32)

    zero = Literal(b"\0\0\0\0", (), "float32")
    expr = Pad(Transpose(BIG, (1, 0)), (1, 0), (0, 0), (0, 0), zero)
    assert not streams(expr, 0, MIB)
    chunks = [len(chunk) for chunk in evaluate_chunks(expr, variable, MIB)]
    assert (sum(chunks), max(chunks) <= MIB, asked) == (expr.nbytes, True, [0])


def test_a_variable_is_asked_for_once() -> None:
    asked = []

    def variable(index: int) -> NDArray[Any]:
        asked.append(index)
        return np.ones((1024, 2048) if index == 0 else (1024,), np.float32)

    assert len(list(evaluate_chunks(SCALED, variable, MIB))) == 8
    assert sorted(asked) == [0, 1]


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    chunks = evaluate_chunks(BIG, lambda _: pytest.fail("asked too early"))
    with pytest.raises(pytest.fail.Exception):
        next(chunks)
