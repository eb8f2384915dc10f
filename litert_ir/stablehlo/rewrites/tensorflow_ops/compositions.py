"""TensorFlow ops that LiteRT has not are put together from a few that it has."""

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
    """A bucket's number is how many boundaries are not above the value; all, for NaN.

    Before: ``stablehlo.custom_call @tf.Bucketize(%x) {boundaries = [0.0, 0.5]}``
    After: ``stablehlo.compare LT`` of each value with each boundary, and the sum of 0 where it
    holds and 1 where it does not.
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
    """The first place for a value in a sorted row is how many elements are below it.

    Before: ``stablehlo.custom_call @tf.LowerBound(%rows, %values)``
    After: ``stablehlo.compare GT`` of each value with each element of its row, and their sum;
    ``GE`` for ``tf.UpperBound``.
    """
    direction = "GT" if op_name(op) == "tf.LowerBound" else "GE"
    rows, values = op.operands
    batch, length = shape_of(rows)
    values = reshape(values, (*shape_of(values), 1), rewriter)
    rows = reshape(rows, (batch, 1, length), rewriter)
    return rewriter.replace(op, _count(values, direction, rows, rewriter))


@pattern("tf.InTopKV2")
def find_in_top(op: Operation, rewriter: Rewriter) -> bool:
    """A class is among the best k if fewer than k have a higher score.

    Before: ``stablehlo.custom_call @tf.InTopKV2(%scores, %classes, %k)``
    After: ``"tfl.gather"(%scores, %classes)``, ``stablehlo.compare GT`` of all scores with that
    one, their sum, ``stablehlo.compare LT`` with ``%k``. Scores are taken to be finite.
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
    """For how many positions of the last dimension a comparison holds, or does not.

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
    """The cross product of vectors of three elements, by their rotations.

    Before: ``stablehlo.custom_call @tf.Cross(%a, %b)``
    After: ``a[1, 2, 0] * b[2, 0, 1] - a[2, 0, 1] * b[1, 2, 0]`` with `tfl.gather`.
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
    """``tf.MatrixDiagV3`` of a main diagonal becomes `tfl.matrix_diag`.

    Before: ``stablehlo.custom_call @tf.MatrixDiagV3(%x, 0, -1, -1, 0.0)``
    After: ``"tfl.matrix_diag"(%x)``.
    """
    value, *options = op.operands
    known = [rewriter.splat(option) for option in options]
    wanted = (*shape_of(value), shape_of(value)[-1])
    if known[0] != 0 or known[-1] != 0 or shape_of(op.results[0]) != wanted:
        return False
    return rewriter.replace(op, rewriter.op("tfl.matrix_diag", [value], op.results[0].type))


@pattern("tf.Erfinv")
def invert_erf(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.Erfinv`` becomes ``chlo.erf_inv``, which is a polynomial in the end.

    Before: ``stablehlo.custom_call @tf.Erfinv(%x)``
    After: ``chlo.erf_inv %x``.
    """
    return rewriter.replace(op, rewriter.op("chlo.erf_inv", op.operands, op.results[0].type))
