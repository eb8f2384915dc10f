from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from litert_ir.stablehlo.weights.evaluate import evaluate
from litert_ir.stablehlo.weights.expressions import Parameter, Reshape
from litert_ir.stablehlo.weights.simplify import transposed
from litert_ir.stablehlo.writing.shared_buffers import first_equal
from tests.stablehlo.weights.expressions import Case, cases


@given(cases(max_steps=2), st.lists(st.booleans(), max_size=3))
def test_weights_are_shared_exactly_if_their_bytes_are_equal(
    case: Case, reshaped: list[bool]
) -> None:
    flat = Reshape(case.expr, (case.value.size,))
    weights = [case.expr, *(flat if changed else case.expr for changed in reshaped)]
    weights += [Parameter(i, a.shape, a.dtype.name) for i, a in enumerate(case.variables)]
    keys = [10 * index for index in range(len(weights))]
    found = first_equal(dict(zip(keys, weights, strict=True)), case.variable)
    values = [evaluate(weight, case.variable).tobytes() for weight in weights]
    assert found == {
        key: keys[values.index(value)] for key, value in zip(keys, values, strict=True)
    }


def counting(arrays: list[NDArray[Any]], asked: list[int]) -> Any:
    def variable(index: int) -> NDArray[Any]:
        asked.append(index)
        return arrays[index]

    return variable


def test_weights_that_differ_in_size_or_at_once_are_not_read_as_a_whole() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((64, 64)).astype("f4") for _ in range(3)]
    arrays.append(np.zeros((7, 7), "f4"))
    asked: list[int] = []
    weights = {i: Parameter(i, a.shape, "float32") for i, a in enumerate(arrays)}
    assert first_equal(weights, counting(arrays, asked)) == {0: 0, 1: 1, 2: 2, 3: 3}
    assert asked == [0, 1, 2], "one look at each of those of one size"


def test_a_difference_behind_equal_beginnings_is_seen() -> None:
    arrays = [np.zeros((64, 64), "f4") for _ in range(3)]
    arrays[1][63, 63] = 1
    weights = {i: Parameter(i, (64, 64), "float32") for i in range(3)}
    assert first_equal(weights, counting(arrays, [])) == {0: 0, 1: 1, 2: 0}


def test_equal_expressions_need_no_look_at_the_variables() -> None:
    one = transposed(Parameter(0, (64, 32), "float32"), (1, 0))
    other = transposed(Parameter(0, (64, 32), "float32"), (1, 0))
    asked: list[int] = []
    assert first_equal({3: one, 5: other}, counting([], asked)) == {3: 3, 5: 3}
    assert asked == []
