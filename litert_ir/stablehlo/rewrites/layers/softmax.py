"""Fuse softmax, as StableHLO writes it, into LiteRT's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    dtype_of,
    integers,
    is_static,
    producer,
    reducer_of,
    shape_of,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape, transpose

_MOST_DIMENSIONS = 4
"""The greatest rank of LiteRT's kernels."""


@pattern("stablehlo.divide")
def softmax(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse exponentials that are divided by their sum into `tfl.softmax`.

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %lowest = stablehlo.constant dense<0xFF800000> : tensor<f32>
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.reduce(%x init: %lowest) applies stablehlo.maximum across dimensions = [1]
              : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
          %2 = stablehlo.subtract %x, %1 : tensor<2x3xf32>
          %3 = stablehlo.exponential %2 : tensor<2x3xf32>
          %4 = stablehlo.reduce(%3 init: %zero) applies stablehlo.add across dimensions = [1]
              : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
          %5 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
          %6 = stablehlo.divide %3, %5 : tensor<2x3xf32>
          return %6 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %0 = "tfl.softmax"(%x) <{beta = 1.000000e+00 : f32}> : (tensor<2x3xf32>)
              -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    What is subtracted, here the maximum, may be any one number per sum. There are transposes around
    it where the sum is not over the last dimension.
    """
    total = _sum_of(op.operands[1], op.operands[0])
    exponential = producer(op.operands[0])
    if total is None or exponential is None or exponential.name != "stablehlo.exponential":
        return False
    value = _before_shift(exponential.operands[0], total)
    return value is not None and _replace(op, "tfl.softmax", value, total, rewriter)


@pattern("stablehlo.exponential")
def softmax_by_logarithm(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse ``exp(x - (log(sum(exp(x - m))) + m))`` into `tfl.softmax`; see `softmax`.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %m: tensor<2xf32>) -> tensor<2x3xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.subtract %x, %0 : tensor<2x3xf32>
          %2 = stablehlo.exponential %1 : tensor<2x3xf32>
          %3 = stablehlo.reduce(%2 init: %zero) applies stablehlo.add across dimensions = [1]
              : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
          %4 = stablehlo.log %3 : tensor<2xf32>
          %5 = stablehlo.add %4, %m : tensor<2xf32>
          %6 = stablehlo.broadcast_in_dim %5, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
          %7 = stablehlo.subtract %x, %6 : tensor<2x3xf32>
          %8 = stablehlo.exponential %7 : tensor<2x3xf32>
          return %8 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %m: tensor<2xf32>) -> tensor<2x3xf32> {
          %0 = "tfl.softmax"(%x) <{beta = 1.000000e+00 : f32}> : (tensor<2x3xf32>)
              -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    difference = producer(op.operands[0])
    if difference is None or difference.name != "stablehlo.subtract":
        return False
    value, shift = difference.operands
    total = producer(_narrow(shift))
    if total is None or total.name != "stablehlo.add":
        return False
    for logarithm, largest in both_orders(total):
        axes = _axes_of_logarithm(logarithm, value, largest)
        if axes is not None:
            return _replace(op, "tfl.softmax", value, axes, rewriter)
    return False


@pattern("stablehlo.subtract")
def log_softmax(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse ``d - log(sum(exp(d)))`` with ``d = x - m`` into `tfl.log_softmax`; see `softmax`.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %m: tensor<2xf32>) -> tensor<2x3xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.subtract %x, %0 : tensor<2x3xf32>
          %2 = stablehlo.exponential %1 : tensor<2x3xf32>
          %3 = stablehlo.reduce(%2 init: %zero) applies stablehlo.add across dimensions = [1]
              : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
          %4 = stablehlo.log %3 : tensor<2xf32>
          %5 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
          %6 = stablehlo.subtract %1, %5 : tensor<2x3xf32>
          return %6 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %m: tensor<2xf32>) -> tensor<2x3xf32> {
          %0 = "tfl.log_softmax"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    shifted, shift = op.operands
    logarithm = producer(_narrow(shift))
    if logarithm is None or logarithm.name != "stablehlo.log":
        return False
    axes = _axes_of_sum(logarithm.operands[0], shifted)
    if axes is None or not _spreads(shift, axes, shape_of(shifted)):
        return False
    value = _before_shift(shifted, axes)
    return value is not None and _replace(op, "tfl.log_softmax", value, axes, rewriter)


def _axes_of_logarithm(value: Value, x: Value, largest: Value) -> tuple[int, ...] | None:
    """The axes of ``log(sum(exp(x - largest)))``."""
    logarithm = producer(_narrow(value))
    if logarithm is None or logarithm.name != "stablehlo.log":
        return None
    summed = _without_sign(logarithm.operands[0])
    total = producer(_narrow(summed))
    exponential = None if total is None else producer(total.operands[0])
    if exponential is None or exponential.name != "stablehlo.exponential":
        return None
    difference = producer(exponential.operands[0])
    if difference is None or difference.name != "stablehlo.subtract":
        return None
    same = difference.operands[0] == x and _narrow(difference.operands[1]) == _narrow(largest)
    axes = _axes_of_sum(summed, exponential.results[0]) if same else None
    return axes if axes and _spreads(difference.operands[1], axes, shape_of(x)) else None


def _without_sign(value: Value) -> Value:
    """Return the operand of JAX' absolute value, where it is nonnegative already."""
    op = producer(value)
    return op.operands[0] if op is not None and op.name == "stablehlo.abs" else value


def _axes_of_sum(value: Value, summands: Value) -> tuple[int, ...] | None:
    """The axes over which a value is the sum of others, or of the exponentials of others."""
    op = producer(_narrow(value))
    if op is None or op.name != "stablehlo.reduce" or reducer_of(op) != "stablehlo.add":
        return None
    exponential = producer(op.operands[0])
    is_of_exponentials = (
        exponential is not None
        and exponential.name == "stablehlo.exponential"
        and exponential.operands[0] == summands
    )
    if op.operands[0] != summands and not is_of_exponentials:
        return None
    return integers(op, "dimensions")


def _sum_of(value: Value, summands: Value) -> tuple[int, ...] | None:
    """The axes over which a value is the sum of others, broadcast along them."""
    axes = _axes_of_sum(value, summands)
    fits = axes is not None and _spreads(value, axes, shape_of(summands))
    return axes if fits else None


def _before_shift(value: Value, axes: Sequence[int]) -> Value | None:
    """The x of ``x - m``, with one m for all positions of the axes."""
    op = producer(value)
    if op is None or op.name != "stablehlo.subtract":
        return None
    x, shift = op.operands
    return x if _spreads(shift, axes, shape_of(value)) else None


def _narrow(value: Value) -> Value:
    """Return the source of a broadcast, with dimensions of size 1 inserted or dropped."""
    op = producer(value)
    while op is not None and op.name in ("stablehlo.broadcast_in_dim", "stablehlo.reshape"):
        value = op.operands[0]
        op = producer(value)
    return value


def _spreads(value: Value, axes: Sequence[int], shape: Sequence[int]) -> bool:
    """Tell whether a value of a shape is the same at all positions of some axes."""
    places = list(range(len(shape)))
    op = producer(value)
    while op is not None and op.name in ("stablehlo.broadcast_in_dim", "stablehlo.reshape"):
        source = shape_of(op.operands[0])
        if op.name == "stablehlo.broadcast_in_dim":
            places = [places[axis] for axis in integers(op, "broadcast_dimensions")]
        else:
            kept = _kept_places(places, shape_of(op.results[0]), source)
            if kept is None:
                return False
            places = kept
        varying = {place for place, size in zip(places, source, strict=True) if size != 1}
        if not varying & set(axes):
            return True
        op = producer(op.operands[0])
    return False


def _kept_places(
    places: Sequence[int], shape: Sequence[int], source: Sequence[int]
) -> list[int] | None:
    """Map positions to a reshape's source; None unless it only adds or drops sizes of 1."""
    wide = [place for place, size in zip(places, shape, strict=True) if size != 1]
    if [size for size in shape if size != 1] != [size for size in source if size != 1]:
        return None
    found = iter(wide)
    return [next(found) if size != 1 else -1 for size in source]


def _replace(
    op: Operation, name: str, value: Value, axes: Sequence[int], rewriter: Rewriter
) -> bool:
    """Put a softmax over some axes in an operation's place."""
    if not is_static(value) or dtype_of(value) != "float32":
        return False
    shape = shape_of(value)
    others = [axis for axis in range(len(shape)) if axis not in axes]
    order = [*others, *sorted(axes)]
    turned = transpose(value, order, rewriter)
    leading = [shape[axis] for axis in others]
    if len(leading) >= _MOST_DIMENSIONS:
        leading = [size for size in leading if size != 1]
    if len(leading) >= _MOST_DIMENSIONS:
        leading = [math.prod(leading)]
    flat = reshape(turned, (*leading, math.prod(shape[axis] for axis in axes)), rewriter)
    attributes = {"beta": 1.0} if name == "tfl.softmax" else {}
    result = reshape(rewriter.op(name, [flat], flat.type, attributes), shape_of(turned), rewriter)
    return rewriter.replace(op, transpose(result, np.argsort(order).tolist(), rewriter))
