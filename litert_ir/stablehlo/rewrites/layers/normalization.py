"""Fuse means and normalizations into as few operations as possible."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    dtype_of,
    flag,
    has_one_use,
    integers,
    is_static,
    producer,
    reducer_of,
    shape_of,
    tensor_type,
    users,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_KEEPING = ("stablehlo.reshape", "stablehlo.broadcast_in_dim")
_REDUCTIONS = ("tfl.mean", "tfl.sum", "tfl.reduce_max", "tfl.reduce_min")
_KERNELS_BOUND = 1e-6
"""The lower bound of lengths in the kernel of L2_NORMALIZATION."""
_MOST_DIMENSIONS = 4
"""The greatest rank of the kernel of `tfl.squared_difference`."""


@pattern("stablehlo.divide", "stablehlo.multiply")
def mean(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse a sum that is divided by the number of its summands into `tfl.mean`.

    Before:
        func.func @main(%x: tensor<2x4xf32>) -> tensor<2xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %count = stablehlo.constant dense<4.0> : tensor<2xf32>
          %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1]
              : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
          %1 = stablehlo.divide %0, %count : tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2x4xf32>) -> tensor<2xf32> {
          %c = stablehlo.constant dense<1> : tensor<1xi32>
          %0 = "tfl.mean"(%x, %c) <{keep_dims = false}> : (tensor<2x4xf32>, tensor<1xi32>)
              -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    It keeps the dimensions where a reshape or a broadcast puts them back before the division.
    """
    if not is_static(op.results[0]) or dtype_of(op.results[0]) != "float32":
        return False
    for total, count in both_orders(op)[: 1 if op.name == "stablehlo.divide" else 2]:
        reduction, number = _sum_below(total, rewriter), rewriter.splat(count)
        if reduction is None or not number:
            continue
        axes, value = integers(reduction, "dimensions"), reduction.operands[0]
        keeps = shape_of(total) == kept_shape(value, axes)
        summands = math.prod(shape_of(value)[axis] for axis in axes)
        number = number if op.name == "stablehlo.divide" else 1.0 / number
        if not math.isclose(number, summands, rel_tol=1e-6):
            continue
        if not keeps and total != reduction.results[0]:
            continue
        operands = [value, rewriter.constant(np.array(axes, np.int32))]
        kind = op.results[0].type
        return rewriter.replace(op, rewriter.op("tfl.mean", operands, kind, {"keep_dims": keeps}))
    return False


def _sum_below(value: Value, rewriter: Rewriter) -> Operation | None:
    """The sum that a value is, perhaps with dimensions of size 1 put back."""
    op = producer(value)
    if op is not None and op.name in _KEEPING:
        value = op.operands[0]
        op = producer(value)
    if op is None or op.name != "stablehlo.reduce" or len(op.results) != 1:
        return None
    adds = reducer_of(op) == "stablehlo.add" and rewriter.splat(op.operands[1]) == 0
    return op if adds and has_one_use(value) else None


def kept_shape(value: Value, axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a reduction that leaves the reduced dimensions with size 1."""
    return tuple(1 if axis in axes else size for axis, size in enumerate(shape_of(value)))


@pattern(*_KEEPING)
def keep_dimensions(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse a reshape that puts the reduced dimensions back into the reduction.

    Before:
        func.func @main(%x: tensor<2x4xf32>) -> tensor<2x1xf32> {
          %axes = stablehlo.constant dense<1> : tensor<1xi32>
          %0 = "tfl.mean"(%x, %axes) {keep_dims = false} : (tensor<2x4xf32>, tensor<1xi32>)
              -> tensor<2xf32>
          %1 = stablehlo.reshape %0 : (tensor<2xf32>) -> tensor<2x1xf32>
          return %1 : tensor<2x1xf32>
        }

    After:
        func.func @main(%x: tensor<2x4xf32>) -> tensor<2x1xf32> {
          %c = stablehlo.constant dense<1> : tensor<1xi32>
          %0 = "tfl.mean"(%x, %c) <{keep_dims = true}> : (tensor<2x4xf32>, tensor<1xi32>)
              -> tensor<2x1xf32>
          return %0 : tensor<2x1xf32>
        }
    """
    reduction = producer(op.operands[0])
    if reduction is None or reduction.name not in _REDUCTIONS or flag(reduction, "keep_dims"):
        return False
    axes = rewriter.array(reduction.operands[1])
    if axes is None or not has_one_use(op.operands[0]):
        return False
    wanted = kept_shape(reduction.operands[0], tuple(int(axis) for axis in axes.reshape(-1)))
    if shape_of(op.results[0]) != wanted:
        return False
    kind = op.results[0].type
    kept = rewriter.op(reduction.name, reduction.operands, kind, {"keep_dims": True})
    return rewriter.replace(op, kept)


@pattern("stablehlo.add")
def subtract_mean_first(op: Operation, rewriter: Rewriter) -> bool:
    """Subtract the mean before the scale: ``x * s + (b - m * s)`` becomes ``(x - m) * s + b``.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %m: tensor<2x3xf32>, %s: tensor<2x3xf32>,
            %b: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.multiply %x, %s : tensor<2x3xf32>
          %1 = stablehlo.multiply %m, %s : tensor<2x3xf32>
          %2 = stablehlo.subtract %b, %1 : tensor<2x3xf32>
          %3 = stablehlo.add %0, %2 : tensor<2x3xf32>
          return %3 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %m: tensor<2x3xf32>, %s: tensor<2x3xf32>,
            %b: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.subtract %x, %m : tensor<2x3xf32>
          %1 = stablehlo.multiply %0, %s : tensor<2x3xf32>
          %2 = stablehlo.add %1, %b : tensor<2x3xf32>
          return %2 : tensor<2x3xf32>
        }

    These are fewer operations on all of ``x``, and no difference of large numbers. A scale that is
    a product as large as ``x`` is multiplied by in its two factors.
    """
    for scaled, shifted in both_orders(op):
        product = producer(scaled)
        if product is None or product.name != "stablehlo.multiply" or not has_one_use(scaled):
            continue
        for x, scale in both_orders(product):
            found = _shift_of(shifted, _unbroadcast(scale))
            if found is None or rewriter.expr(_unbroadcast(found[0])) is not None:
                continue
            return rewriter.replace(op, _normalized(x, scale, *found, rewriter))
    return False


def _shift_of(value: Value, scale: Value) -> tuple[Value, Value | None] | None:
    """The m and the b of ``b - m * scale``; no b where there is none."""
    op = producer(_unbroadcast(value))
    if op is None:
        return None
    if op.name == "stablehlo.subtract":
        found = _multiple_of(op.operands[1], scale)
        return None if found is None else (found, op.operands[0])
    if op.name == "stablehlo.add":
        for product, offset in both_orders(op):
            found = _negative_multiple_of(product, scale)
            if found is not None:
                return found, offset
        return None
    found = _negative_multiple_of(op.results[0], scale)
    return None if found is None else (found, None)


def _multiple_of(value: Value, scale: Value) -> Value | None:
    """The m of ``m * scale``."""
    op = producer(_unbroadcast(value))
    if op is None or op.name != "stablehlo.multiply":
        return None
    pairs = both_orders(op)
    return next((m for m, other in pairs if _unbroadcast(other) == scale), None)


def _negative_multiple_of(value: Value, scale: Value) -> Value | None:
    """The m of ``-m * scale``."""
    negative = _multiple_of(value, scale)
    op = None if negative is None else producer(_unbroadcast(negative))
    return op.operands[0] if op is not None and op.name == "stablehlo.negate" else None


def _unbroadcast(value: Value) -> Value:
    """Return the source of an explicit broadcast along dimensions of size 1, or the value."""
    op = producer(value)
    if op is None or op.name != "stablehlo.broadcast_in_dim":
        return value
    source = op.operands[0]
    dimensions = integers(op, "broadcast_dimensions")
    return source if dimensions == tuple(range(len(shape_of(value)))) else value


def _normalized(
    x: Value, scale: Value, m: Value, offset: Value | None, rewriter: Rewriter
) -> Value:
    """``(x - m) * scale + offset``."""
    kind = x.type
    result = rewriter.op("stablehlo.subtract", [x, _like(m, x, rewriter)], kind)
    for factor in _factors(scale, shape_of(x)):
        result = rewriter.op("stablehlo.multiply", [result, _like(factor, x, rewriter)], kind)
    if offset is None:
        return result
    return rewriter.op("stablehlo.add", [result, _like(offset, x, rewriter)], kind)


def _factors(scale: Value, shape: tuple[int, ...]) -> Iterator[Value]:
    """The scale; or both its factors where it is as large as the value that it scales."""
    op = producer(_unbroadcast(scale))
    if op is not None and op.name == "stablehlo.multiply" and shape_of(op.results[0]) == shape:
        yield from op.operands
    else:
        yield scale


def _like(value: Value, x: Value, rewriter: Rewriter) -> Value:
    """A value of as many dimensions, in the shape of another one."""
    if shape_of(value) == shape_of(x):
        return value
    attributes = {"broadcast_dimensions": tuple(range(len(shape_of(x))))}
    return rewriter.op("stablehlo.broadcast_in_dim", [value], x.type, attributes)


@pattern("stablehlo.multiply", "chlo.square")
def square_difference(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse the square of a difference into `tfl.squared_difference`.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.broadcast_in_dim %y, dims = [0, 1] : (tensor<2x1xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.subtract %x, %0 : tensor<2x3xf32>
          %2 = stablehlo.multiply %1, %1 : tensor<2x3xf32>
          return %2 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) -> tensor<2x3xf32> {
          %0 = tfl.squared_difference(%x, %y) : (tensor<2x3xf32>, tensor<2x1xf32>)
              -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    Nothing else may take the difference.
    """
    value = op.operands[0]
    difference = producer(value)
    if difference is None or difference.name != "stablehlo.subtract":
        return False
    same = all(operand == value for operand in op.operands)
    if not same or any(user != op for user in users(value)) or not _has_kernel(value):
        return False
    sides = [_unbroadcast(side) for side in difference.operands]
    kind = tensor_type(shape_of(value), "float32")
    return rewriter.replace(op, rewriter.op("tfl.squared_difference", sides, kind))


def _has_kernel(value: Value) -> bool:
    """Tell whether LiteRT's kernel takes and broadcasts values like this."""
    return dtype_of(value) == "float32" and len(shape_of(value)) <= _MOST_DIMENSIONS


@pattern("stablehlo.divide")
def multiply_by_rsqrt(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a division by a square root to a multiplication by its reciprocal.

    Before:
        func.func @main(%x: tensor<2xf32>, %s: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.sqrt %s : tensor<2xf32>
          %1 = stablehlo.divide %x, %0 : tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>, %s: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.rsqrt %s : tensor<2xf32>
          %1 = stablehlo.multiply %x, %0 : tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    LiteRT's converter makes L2_NORMALIZATION of the former where ``%s`` is the sum of the squares
    of ``%x``, whose kernel takes vectors shorter than 1e-6 for longer ones.
    """
    value, root = op.operands
    below = producer(_unbroadcast(root))
    if below is None or below.name != "stablehlo.sqrt" or not has_one_use(below.results[0]):
        return False
    if dtype_of(value) != "float32" or rewriter.expr(value) is not None:
        return False
    inverse = rewriter.op("stablehlo.rsqrt", below.operands, below.results[0].type)
    sides = [value, _like(inverse, value, rewriter)]
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", sides, value.type))


@pattern("stablehlo.maximum")
def hide_root_bound(op: Operation, rewriter: Rewriter) -> bool:
    """Hide the lower bound of a square root from LiteRT's converter.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %bound = stablehlo.constant dense<1.0e-3> : tensor<2xf32>
          %0 = stablehlo.sqrt %x : tensor<2xf32>
          %1 = stablehlo.maximum %0, %bound : tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.sqrt %x : tensor<2xf32>
          %cst = arith.constant dense<1.000000e-03> : tensor<f32>
          %1 = "tfl.maximum"(%0, %cst) : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    Of a quotient by a bounded root, the converter makes L2_NORMALIZATION, which bounds by 1e-6
    whatever the number was.
    """
    for root, bound in both_orders(op):
        below, number = producer(root), rewriter.splat(bound)
        if below is None or below.name != "stablehlo.sqrt" or dtype_of(root) != "float32":
            continue
        if number is None or np.float32(number) == np.float32(_KERNELS_BOUND):
            continue
        operands = [root, rewriter.keep(np.asarray(number, np.float32))]
        return rewriter.replace(op, rewriter.op("tfl.maximum", operands, root.type))
    return False
