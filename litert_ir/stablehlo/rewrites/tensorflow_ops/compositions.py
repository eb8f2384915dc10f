"""Lower TensorFlow ops without a LiteRT kernel to a few that have one."""

from __future__ import annotations

import math

import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import dtype_of, items, op_name, shape_of, tensor_type
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import (
    broadcast,
    compare,
    reduce_add,
    reshape,
)


@pattern("tf.Bucketize")
def bucketize(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``tf.Bucketize`` to the number of boundaries that are not above a value; all, for NaN.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xi32> {
          %0 = stablehlo.custom_call @tf.Bucketize(%x) {boundaries = [0.0 : f32, 0.5 : f32]}
              : (tensor<2xf32>) -> tensor<2xi32>
          return %0 : tensor<2xi32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xi32> {
          %0 = stablehlo.reshape %x : (tensor<2xf32>) -> tensor<2x1xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [0, 1] : (tensor<2x1xf32>) -> tensor<2x2xf32>
          %cst = stablehlo.constant dense<[[0.000000e+00, 5.000000e-01]]> : tensor<1x2xf32>
          %2 = stablehlo.broadcast_in_dim %cst, dims = [0, 1] : (tensor<1x2xf32>) -> tensor<2x2xf32>
          %3 = stablehlo.compare LT, %1, %2 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
          %c = stablehlo.constant dense<0> : tensor<2x2xi32>
          %c_0 = stablehlo.constant dense<1> : tensor<2x2xi32>
          %4 = stablehlo.select %3, %c, %c_0 : tensor<2x2xi1>, tensor<2x2xi32>
          %c_1 = stablehlo.constant dense<1> : tensor<1xi32>
          %5 = "tfl.sum"(%4, %c_1) <{keep_dims = false}> : (tensor<2x2xi32>, tensor<1xi32>)
              -> tensor<2xi32>
          return %5 : tensor<2xi32>
        }
    """
    boundaries = items(op.attributes["boundaries"])
    if not boundaries:
        return rewriter.replace(op, rewriter.filled(op.results[0], 0))
    value, shape = op.operands[0], shape_of(op.operands[0])
    if dtype_of(value) != "float32":
        value = rewriter.op("stablehlo.convert", [value], tensor_type(shape, "float32"))
    column = reshape(value, (math.prod(shape), 1), rewriter)
    row = rewriter.constant(np.array([boundaries], np.float32))
    counts = _count(column, "LT", row, rewriter, where_it_holds=False)
    return rewriter.replace(op, reshape(counts, shape, rewriter))


@pattern("tf.LowerBound", "tf.UpperBound")
def find_bound(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a search in sorted rows to the number of elements that are below each value.

    Before:
        func.func @main(%rows: tensor<1x3xf32>, %values: tensor<1x2xf32>) -> tensor<1x2xi32> {
          %0 = stablehlo.custom_call @tf.LowerBound(%rows, %values) : (tensor<1x3xf32>,
              tensor<1x2xf32>) -> tensor<1x2xi32>
          return %0 : tensor<1x2xi32>
        }

    After:
        func.func @main(%rows: tensor<1x3xf32>, %values: tensor<1x2xf32>) -> tensor<1x2xi32> {
          %0 = stablehlo.reshape %values : (tensor<1x2xf32>) -> tensor<1x2x1xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [0, 1, 2] : (tensor<1x2x1xf32>)
              -> tensor<1x2x3xf32>
          %2 = stablehlo.reshape %rows : (tensor<1x3xf32>) -> tensor<1x1x3xf32>
          %3 = stablehlo.broadcast_in_dim %2, dims = [0, 1, 2] : (tensor<1x1x3xf32>)
              -> tensor<1x2x3xf32>
          %4 = stablehlo.compare GT, %1, %3 : (tensor<1x2x3xf32>, tensor<1x2x3xf32>)
              -> tensor<1x2x3xi1>
          %5 = stablehlo.convert %4 : (tensor<1x2x3xi1>) -> tensor<1x2x3xi32>
          %c = stablehlo.constant dense<2> : tensor<1xi32>
          %6 = "tfl.sum"(%5, %c) <{keep_dims = false}> : (tensor<1x2x3xi32>, tensor<1xi32>)
              -> tensor<1x2xi32>
          return %6 : tensor<1x2xi32>
        }

    Of ``tf.UpperBound``, to the number of those that are not above it.
    """
    direction = "GT" if op_name(op) == "tf.LowerBound" else "GE"
    rows, values = op.operands
    batch, length = shape_of(rows)
    values = reshape(values, (*shape_of(values), 1), rewriter)
    rows = reshape(rows, (batch, 1, length), rewriter)
    return rewriter.replace(op, _count(values, direction, rows, rewriter))


@pattern("tf.InTopKV2")
def find_in_top(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``tf.InTopKV2``: a class is among the best k if fewer than k have a higher score.

    Before:
        func.func @main(%scores: tensor<1x3xf32>, %classes: tensor<1xi32>) -> tensor<1xi1> {
          %k = stablehlo.constant dense<2> : tensor<i32>
          %0 = stablehlo.custom_call @tf.InTopKV2(%scores, %classes, %k) : (tensor<1x3xf32>,
              tensor<1xi32>, tensor<i32>) -> tensor<1xi1>
          return %0 : tensor<1xi1>
        }

    After:
        func.func @main(%scores: tensor<1x3xf32>, %classes: tensor<1xi32>) -> tensor<1xi1> {
          %0 = "tfl.gather"(%scores, %classes) <{axis = 1 : i32, batch_dims = 1 : i32}>
              : (tensor<1x3xf32>, tensor<1xi32>) -> tensor<1xf32>
          %1 = stablehlo.reshape %0 : (tensor<1xf32>) -> tensor<1x1xf32>
          %2 = stablehlo.broadcast_in_dim %1, dims = [0, 1] : (tensor<1x1xf32>) -> tensor<1x3xf32>
          %3 = stablehlo.compare GT, %scores, %2 : (tensor<1x3xf32>, tensor<1x3xf32>)
              -> tensor<1x3xi1>
          %4 = stablehlo.convert %3 : (tensor<1x3xi1>) -> tensor<1x3xi32>
          %c = stablehlo.constant dense<1> : tensor<1xi32>
          %5 = "tfl.sum"(%4, %c) <{keep_dims = false}> : (tensor<1x3xi32>, tensor<1xi32>)
              -> tensor<1xi32>
          %c_0 = stablehlo.constant dense<2> : tensor<i32>
          %6 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<1xi32>
          %7 = stablehlo.compare LT, %5, %6 : (tensor<1xi32>, tensor<1xi32>) -> tensor<1xi1>
          return %7 : tensor<1xi1>
        }

    Scores are taken to be finite.
    """
    scores, classes, k = op.operands
    kind = tensor_type(shape_of(classes), dtype_of(scores))
    attributes = {"axis": 1, "batch_dims": 1}
    own = rewriter.op("tfl.gather", [scores, classes], kind, attributes)
    column = reshape(own, (*shape_of(classes), 1), rewriter)
    higher = _count(scores, "GT", column, rewriter)
    limit = broadcast(k, shape_of(classes), (), rewriter)
    if dtype_of(limit) != "int32":
        kind = tensor_type(shape_of(classes), "int32")
        limit = rewriter.op("stablehlo.convert", [limit], kind)
    return rewriter.replace(op, compare(higher, "LT", limit, rewriter))


def _count(
    left: Value, direction: str, right: Value, rewriter: Rewriter, *, where_it_holds: bool = True
) -> Value:
    """Count the positions of the last dimension at which a comparison holds, or does not.

    Both sides broadcast.
    """
    shape = np.broadcast_shapes(shape_of(left), shape_of(right))
    dimensions = tuple(range(len(shape)))
    sides = [broadcast(side, shape, dimensions, rewriter) for side in (left, right)]
    found = compare(sides[0], direction, sides[1], rewriter)
    kind = tensor_type(shape, "int32")
    if where_it_holds:
        ones = rewriter.op("stablehlo.convert", [found], kind)
    else:
        numbers = [rewriter.splat_constant(np.int32(number), shape) for number in (0, 1)]
        ones = rewriter.op("stablehlo.select", [found, *numbers], kind)
    return reduce_add(ones, (len(shape) - 1,), rewriter)


@pattern("tf.Cross")
def cross_product(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``tf.Cross`` to ``a[1, 2, 0] * b[2, 0, 1] - a[2, 0, 1] * b[1, 2, 0]``.

    Before:
        func.func @main(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
          %0 = stablehlo.custom_call @tf.Cross(%a, %b) : (tensor<3xf32>, tensor<3xf32>)
              -> tensor<3xf32>
          return %0 : tensor<3xf32>
        }

    After:
        func.func @main(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
          %c = stablehlo.constant dense<[1, 2, 0]> : tensor<3xi32>
          %0 = "tfl.gather"(%a, %c) <{axis = 0 : i32, batch_dims = 0 : i32}> : (tensor<3xf32>,
              tensor<3xi32>) -> tensor<3xf32>
          %c_0 = stablehlo.constant dense<[2, 0, 1]> : tensor<3xi32>
          %1 = "tfl.gather"(%b, %c_0) <{axis = 0 : i32, batch_dims = 0 : i32}> : (tensor<3xf32>,
              tensor<3xi32>) -> tensor<3xf32>
          %2 = stablehlo.multiply %0, %1 : tensor<3xf32>
          %c_1 = stablehlo.constant dense<[1, 2, 0]> : tensor<3xi32>
          %3 = "tfl.gather"(%b, %c_1) <{axis = 0 : i32, batch_dims = 0 : i32}> : (tensor<3xf32>,
              tensor<3xi32>) -> tensor<3xf32>
          %c_2 = stablehlo.constant dense<[2, 0, 1]> : tensor<3xi32>
          %4 = "tfl.gather"(%a, %c_2) <{axis = 0 : i32, batch_dims = 0 : i32}> : (tensor<3xf32>,
              tensor<3xi32>) -> tensor<3xf32>
          %5 = stablehlo.multiply %3, %4 : tensor<3xf32>
          %6 = stablehlo.subtract %2, %5 : tensor<3xf32>
          return %6 : tensor<3xf32>
        }
    """
    kind = op.results[0].type
    left, right = op.operands

    def product(first: Value, second: Value) -> Value:
        rotated = [_rotated(first, (1, 2, 0), rewriter), _rotated(second, (2, 0, 1), rewriter)]
        return rewriter.op("stablehlo.multiply", rotated, kind)

    products = [product(left, right), product(right, left)]
    return rewriter.replace(op, rewriter.op("stablehlo.subtract", products, kind))


def _rotated(value: Value, order: tuple[int, ...], rewriter: Rewriter) -> Value:
    attributes = {"axis": len(shape_of(value)) - 1, "batch_dims": 0}
    operands = [value, rewriter.constant(np.array(order, np.int32))]
    return rewriter.op("tfl.gather", operands, value.type, attributes)


@pattern("tf.MatrixDiagV3")
def put_on_diagonal(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.MatrixDiagV3`` of a main diagonal to `tfl.matrix_diag`.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2x2xf32> {
          %main = stablehlo.constant dense<0> : tensor<i32>
          %size = stablehlo.constant dense<-1> : tensor<i32>
          %fill = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.custom_call @tf.MatrixDiagV3(%x, %main, %size, %size, %fill)
              : (tensor<2xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<f32>)
              -> tensor<2x2xf32>
          return %0 : tensor<2x2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2x2xf32> {
          %0 = "tfl.matrix_diag"(%x) : (tensor<2xf32>) -> tensor<2x2xf32>
          return %0 : tensor<2x2xf32>
        }
    """
    value, *options = op.operands
    known = [rewriter.splat(option) for option in options]
    wanted = (*shape_of(value), shape_of(value)[-1])
    if known[0] != 0 or known[-1] != 0 or shape_of(op.results[0]) != wanted:
        return False
    return rewriter.replace(op, rewriter.op("tfl.matrix_diag", [value], op.results[0].type))


@pattern("tf.Erfinv")
def invert_erf(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize ``tf.Erfinv`` as ``chlo.erf_inv``, which is a polynomial in the end.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.custom_call @tf.Erfinv(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = chlo.erf_inv %x : tensor<2xf32> -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }
    """
    return rewriter.replace(op, rewriter.op("chlo.erf_inv", op.operands, op.results[0].type))
