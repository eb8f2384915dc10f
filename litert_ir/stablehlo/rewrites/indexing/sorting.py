"""Legalize sorting to LiteRT's search for the greatest elements."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.functions import terminator
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integer,
    is_static,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import transpose

_TAKEN = frozenset({"float32", "int8", "int16", "int32", "int64"})


@pattern("chlo.top_k")
def top_k(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``chlo.top_k`` to `tfl.topk_v2`.

    Before:
        func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
          %0, %1 = chlo.top_k(%x, k = 2) : tensor<1x4xf32> -> (tensor<1x2xf32>, tensor<1x2xi32>)
          return %0 : tensor<1x2xf32>
        }

    After:
        func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
          %c = stablehlo.constant dense<2> : tensor<i32>
          %values, %indices = "tfl.topk_v2"(%x, %c) : (tensor<1x4xf32>, tensor<i32>)
              -> (tensor<1x2xf32>, tensor<1x2xi32>)
          return %values : tensor<1x2xf32>
        }
    """
    if not is_static(op.results[0]) or dtype_of(op.operands[0]) not in _TAKEN:
        return False
    return rewriter.replace(op, *_top(op.operands[0], integer(op, "k"), rewriter))


@pattern("tf.TopKV2")
def tf_top_k(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.TopKV2`` to `tfl.topk_v2`, whose places are int32.

    Before:
        func.func @main(%x: tensor<4xf32>, %k: tensor<i32>) -> tensor<2xi64> {
          %0:2 = stablehlo.custom_call @tf.TopKV2(%x, %k) : (tensor<4xf32>, tensor<i32>)
              -> (tensor<2xf32>, tensor<2xi64>)
          return %0#1 : tensor<2xi64>
        }

    After:
        func.func @main(%x: tensor<4xf32>, %k: tensor<i32>) -> tensor<2xi64> {
          %values, %indices = "tfl.topk_v2"(%x, %k) : (tensor<4xf32>, tensor<i32>)
              -> (tensor<2xf32>, tensor<2xi32>)
          %0 = stablehlo.convert %indices : (tensor<2xi32>) -> tensor<2xi64>
          return %0 : tensor<2xi64>
        }
    """
    values, places = (result.type for result in op.results)
    narrow = tensor_type(shape_of(op.results[1]), "int32")
    found = rewriter.op_with_results("tfl.topk_v2", list(op.operands), [values, narrow])
    if dtype_of(op.results[1]) != "int32":
        found = [found[0], rewriter.op("stablehlo.convert", [found[1]], places)]
    return rewriter.replace(op, *found)


def _top(value: Value, k: int, rewriter: Rewriter) -> list[Value]:
    """The greatest elements of the last dimension, in descending order, and their positions."""
    shape = (*shape_of(value)[:-1], k)
    kinds = [tensor_type(shape, dtype_of(value)), tensor_type(shape, "int32")]
    count = rewriter.constant(np.array(k, np.int32))
    return rewriter.op_with_results("tfl.topk_v2", [value, count], kinds)


@pattern("stablehlo.sort")
def sort(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a sort by one operand to `tfl.topk_v2` of all its elements.

    Before:
        func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
          %0 = "stablehlo.sort"(%x) <{dimension = 0 : i64, is_stable = true}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
              stablehlo.return %1 : tensor<i1>
          }) : (tensor<4xf32>) -> tensor<4xf32>
          return %0 : tensor<4xf32>
        }

    After:
        func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
          %0 = stablehlo.negate %x : tensor<4xf32>
          %c = stablehlo.constant dense<4> : tensor<i32>
          %values, %indices = "tfl.topk_v2"(%0, %c) : (tensor<4xf32>, tensor<i32>)
              -> (tensor<4xf32>, tensor<4xi32>)
          %1 = stablehlo.negate %values : tensor<4xf32>
          return %1 : tensor<4xf32>
        }

    There is no negation for ``GT``. Other operands are gathered where the elements were. Equal
    elements stay in their order. Integers are reversed by ``-1 - x``, which has no overflow.
    """
    direction = _direction(op)
    keys, *carried = op.operands
    if direction is None or not is_static(keys) or dtype_of(keys) not in _TAKEN:
        return False
    rank, axis = len(shape_of(keys)), integer(op, "dimension")
    order = [*(place for place in range(rank) if place != axis), axis]
    turned = transpose(keys, order, rewriter)
    ascending = direction in ("LT", "LE")
    found = _turned_around(turned, rewriter) if ascending else turned
    values, places = _top(found, shape_of(turned)[-1], rewriter)
    if ascending:
        values = _turned_around(values, rewriter)
    others = (_carried(other, axis, order, places, rewriter) for other in carried)
    results = [values, *others]
    inverse = np.argsort(order).tolist()
    return rewriter.replace(op, *(transpose(result, inverse, rewriter) for result in results))


def _direction(op: Operation) -> str | None:
    """Return a sort's comparison of its first operand; None if it compares others too."""
    block = op.regions[0].blocks[0]
    end = terminator(block)
    comparison = producer(end.operands[0])
    if comparison is None or comparison.name != "stablehlo.compare":
        return None
    sides = [_compared(side) for side in comparison.operands]
    return direction_of(comparison) if sides == list(block.arguments)[:2] else None


def _compared(value: Value) -> Value:
    """The block argument that a side of the comparison is, normalizations of zero and NaN apart."""
    op = producer(value)
    while op is not None and op.name == "stablehlo.select":
        value = op.operands[2]
        op = producer(value)
    return value


def _turned_around(value: Value, rewriter: Rewriter) -> Value:
    """Map a value to one in the opposite order: its least element becomes the greatest."""
    if dtype_of(value) == "float32":
        return rewriter.op("stablehlo.negate", [value], value.type)
    return rewriter.op("stablehlo.subtract", [rewriter.filled(value, -1), value], value.type)


def _carried(value: Value, axis: int, order: list[int], places: Value, rewriter: Rewriter) -> Value:
    """The elements of another operand at the positions of the first one's."""
    op = producer(value)
    counts = (
        op is not None and op.name == "stablehlo.iota" and integer(op, "iota_dimension") == axis
    )
    if (counts or _counts_along(value, axis, rewriter)) and dtype_of(value) == "int32":
        return places
    attributes = {"axis": len(order) - 1, "batch_dims": len(order) - 1}
    turned = transpose(value, order, rewriter)
    return rewriter.op("tfl.gather", [turned, places], turned.type, attributes)


def _counts_along(value: Value, axis: int, rewriter: Rewriter) -> bool:
    """Tell whether a value numbers the elements of a dimension."""
    array = rewriter.known_array(value)
    if array is None:
        return False
    shape = [1] * array.ndim
    shape[axis] = -1
    return bool((array == np.arange(array.shape[axis]).reshape(shape)).all())
