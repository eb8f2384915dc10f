"""Fold computations on weights and constants alone into weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integer,
    integers,
    is_static,
    shape_of,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import BIG_WEIGHT, Rewriter
from litert_ir.stablehlo.weights.elementwise_functions import (
    DTYPES,
    BinaryFunction,
    UnaryFunction,
)
from litert_ir.stablehlo.weights.expressions import Binary, Unary, WeightExpr
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

Fold = Callable[[Operation, Sequence[WeightExpr]], WeightExpr]


def _broadcast(op: Operation, sources: Sequence[WeightExpr]) -> WeightExpr:
    dimensions = integers(op, "broadcast_dimensions")
    (source,) = sources
    if list(dimensions) != sorted(dimensions):
        order = sorted(range(len(dimensions)), key=dimensions.__getitem__)
        source = transposed(source, order)
        dimensions = tuple(sorted(dimensions))
    return broadcasted(source, shape_of(op.results[0]), dimensions)


def _slice(op: Operation, sources: Sequence[WeightExpr]) -> WeightExpr:
    names = ("start_indices", "limit_indices", "strides")
    return sliced(sources[0], *(integers(op, name) for name in names))


def _pad(op: Operation, sources: Sequence[WeightExpr]) -> WeightExpr:
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    low, high, interior = (integers(op, name) for name in names)
    return padded(sources[0], low, high, interior, value=sources[1])


def _unary(function: UnaryFunction) -> Fold:
    return lambda _op, sources: Unary(function, sources[0])


def _binary(function: BinaryFunction) -> Fold:
    return lambda _op, sources: Binary(function, sources[0], sources[1])


_FOLDS: dict[str, Fold] = {
    "stablehlo.transpose": lambda op, sources: transposed(sources[0], integers(op, "permutation")),
    "stablehlo.reshape": lambda op, sources: reshaped(sources[0], shape_of(op.results[0])),
    "stablehlo.convert": lambda op, sources: converted(sources[0], dtype_of(op.results[0])),
    "stablehlo.broadcast_in_dim": _broadcast,
    "stablehlo.slice": _slice,
    "stablehlo.reverse": lambda op, sources: flipped(sources[0], integers(op, "dimensions")),
    "stablehlo.concatenate": lambda op, sources: concatenated(sources, integer(op, "dimension")),
    "stablehlo.pad": _pad,
    **{f"stablehlo.{function.value}": _unary(function) for function in UnaryFunction},
    **{f"stablehlo.{function.value}": _binary(function) for function in BinaryFunction},
}

_FUNCTIONS = {
    f"stablehlo.{function.value}": function for function in (*UnaryFunction, *BinaryFunction)
}


@pattern(*_FOLDS)
def fold_weights(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a computation on weights and constants alone into another weight.

    Before:
        func.func @main(%w: tensor<2x3xf32> {litert_ir.weight = "kernel"}) -> tensor<3x2xf32> {
          %0 = stablehlo.transpose %w, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
          return %0 : tensor<3x2xf32>
        }

    After:
        func.func @main() -> tensor<3x2xf32> {
          %0 = "litert_ir.weight"() {value = "transpose(kernel, [1, 0])"} : () -> tensor<3x2xf32>
          return %0 : tensor<3x2xf32>
        }

    It is computed when the file is written. What would grow the file is left to run in the file.
    """
    sources = []
    for operand in op.operands:
        source = rewriter.expr(operand)
        if source is None:
            return False
        sources.append(source)
    if not sources or not is_static(op.results[0]) or not _worthwhile(op, sources):
        return False
    if dtype_of(op.results[0]) not in DTYPES or not _takes(op.name, sources[0].dtype):
        return False
    return rewriter.replace(op, rewriter.weight(_FOLDS[op.name](op, sources)))


@pattern(
    "tf.Split",
    before={"rename_split": "A weight would be split when the file runs, not when it is written."},
)
def fold_split(op: Operation, rewriter: Rewriter) -> bool:
    """Slice the parts of a weight that is split, which `fold_weights` takes.

    Before:
        func.func @main(%w: tensor<4xf32> {litert_ir.weight = "kernel"}) -> tensor<2xf32> {
          %axis = stablehlo.constant dense<0> : tensor<i32>
          %0:2 = stablehlo.custom_call @tf.Split(%axis, %w) : (tensor<i32>, tensor<4xf32>)
              -> (tensor<2xf32>, tensor<2xf32>)
          return %0#1 : tensor<2xf32>
        }

    After:
        func.func @main() -> tensor<2xf32> {
          %0 = "litert_ir.weight"() {value = "kernel"} : () -> tensor<4xf32>
          %1 = stablehlo.slice %0 [2:4] : (tensor<4xf32>) -> tensor<2xf32>
          return %1 : tensor<2xf32>
        }
    """
    axis, value = rewriter.array(op.operands[0]), op.operands[1]
    if axis is None or rewriter.expr(value) is None:
        return False
    place = int(axis) % len(shape_of(value))
    size = shape_of(op.results[0])[place]
    parts = []
    for number, result in enumerate(op.results):
        starts, limits = [0] * len(shape_of(value)), list(shape_of(value))
        starts[place], limits[place] = number * size, (number + 1) * size
        attributes = {
            "start_indices": tuple(starts),
            "limit_indices": tuple(limits),
            "strides": (1,) * len(starts),
        }
        parts.append(rewriter.op("stablehlo.slice", [value], result.type, attributes))
    return rewriter.replace(op, *parts)


def _worthwhile(op: Operation, sources: Sequence[WeightExpr]) -> bool:
    """Tell whether the folded result takes no more bytes than its sources, or very few."""
    if op.name == "stablehlo.broadcast_in_dim":
        return math.prod(sources[0].shape) == 1
    widest = 8 if op.name == "stablehlo.convert" else 1
    size = math.prod(shape_of(op.results[0])) * np.dtype(dtype_of(op.results[0])).itemsize
    return size < BIG_WEIGHT or size <= widest * sum(source.nbytes for source in sources)


def _takes(name: str, dtype: str) -> bool:
    function = _FUNCTIONS.get(name)
    return dtype in DTYPES and (function is None or function.takes(dtype))
