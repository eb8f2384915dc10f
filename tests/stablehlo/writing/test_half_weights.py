"""Which weights of a skeleton become float16, and what stands in front of its operators then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from litert_ir.backends import load_schema
from litert_ir.stablehlo.weights.elementwise_functions import BinaryFunction
from litert_ir.stablehlo.weights.evaluate import evaluate
from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Convert,
    Literal,
    Parameter,
    WeightExpr,
)
from litert_ir.stablehlo.weights.simplify import broadcasted, transposed
from litert_ir.stablehlo.writing.half_weights import store_halves

schema = load_schema()
HALF = Convert(Parameter(0, (2, 3), "float16"), "float32")
BRAIN = Convert(Parameter(1, (2, 3), "bfloat16"), "float32")
SINGLE = Parameter(2, (2, 3), "float32")
ARRAYS: list[NDArray[Any]] = [
    np.arange(6, dtype=np.float16).reshape(2, 3),
    np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16),
    np.ones((2, 3), np.float32),
]


def scaled(weight: WeightExpr, factor: float) -> WeightExpr:
    literal = Literal(np.float32(factor).tobytes(), (), "float32")
    return Binary(BinaryFunction.MULTIPLY, weight, broadcasted(literal, weight.shape, ()))


def skeleton(weights: Sequence[WeightExpr]) -> Any:
    """A model with one tensor for each weight, which an operator takes all."""
    model, graph, operator = schema.ModelT(), schema.SubGraphT(), schema.OperatorT()
    model.externalBuffers, graph.tensors = [], []
    for index, weight in enumerate(weights):
        buffer, tensor = schema.ExternalBufferT(), schema.TensorT()
        buffer.id, buffer.offset = index + 1, index
        tensor.name, tensor.shape = f"weight_{index}".encode(), list(weight.shape)
        tensor.type = vars(schema.TensorType)[weight.dtype.upper()]
        tensor.externalBuffer = index + 1
        model.externalBuffers.append(buffer)
        graph.tensors.append(tensor)
    graph.operators, model.subgraphs, model.operatorCodes = [operator], [graph], []
    return model


def stored(weights: Sequence[WeightExpr], halves: frozenset[int] = frozenset({0, 1})) -> Any:
    model = skeleton(weights)
    return model, store_halves(model, weights, halves, ARRAYS.__getitem__)


def test_weights_of_16_bits_are_dequantized_in_front_of_all_else() -> None:
    model, (first, second, third) = stored([SINGLE, transposed(HALF, (1, 0)), BRAIN])
    assert first is SINGLE
    assert (second.dtype, third.dtype) == ("float16", "float16")
    np.testing.assert_array_equal(evaluate(second, ARRAYS.__getitem__), ARRAYS[0].T)
    (graph,) = model.subgraphs
    assert [(o.inputs, o.outputs) for o in graph.operators[:2]] == [([3], [1]), ([4], [2])]
    assert len(graph.operators) == 3
    (code,) = model.operatorCodes
    assert (code.builtinCode, code.version) == (schema.BuiltinOperator.DEQUANTIZE, 3)
    halves, types = graph.tensors[3:], schema.TensorType
    assert [t.name for t in halves] == [b"weight_1/float16", b"weight_2/float16"]
    assert [t.type for t in halves] == [types.FLOAT16] * 2
    assert [t.type for t in graph.tensors[:3]] == [types.FLOAT32] * 3
    assert [t.externalBuffer for t in graph.tensors] == [1, 0, 0, 2, 3]


def test_other_variables_stay_as_they_are() -> None:
    for weights, halves in (([HALF, BRAIN], frozenset[int]()), ([SINGLE], frozenset({0, 1}))):
        model, kept = stored(weights, halves)
        assert kept == tuple(weights)
        assert model.operatorCodes == []
        assert len(model.subgraphs[0].operators) == 1


@pytest.mark.parametrize(("factor", "dtype"), [(3.0, "float16"), (1e5, "float32")])
def test_what_is_computed_is_float32_where_it_is_beyond_float16(factor: float, dtype: str) -> None:
    _, (kept,) = stored([scaled(HALF, factor)])
    assert kept.dtype == dtype


def test_what_depends_on_float32_too_is_float32() -> None:
    _, (kept,) = stored([Binary(BinaryFunction.ADD, HALF, SINGLE)])
    assert kept.dtype == "float32"
