"""Transpose before a broadcast, not after it.

LiteRT's converter reorders them too, but does not transpose the broadcast value itself: where the
result happens to have that value's shape, it silently computes wrong numbers.
"""

from __future__ import annotations

from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    integers,
    is_broadcast,
    is_static,
    producer,
    shape_of,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast, transpose


@pattern("stablehlo.transpose")
def hoist_transpose(op: Operation, rewriter: Rewriter) -> bool:
    """Hoist a transpose above the broadcast that it turns around.

    Before:
        func.func @main(%x: tensor<3x1xf32>) -> tensor<3x3xf32> {
          %0 = stablehlo.broadcast_in_dim %x, dims = [0, 1] : (tensor<3x1xf32>) -> tensor<3x3xf32>
          %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<3x3xf32>) -> tensor<3x3xf32>
          return %1 : tensor<3x3xf32>
        }

    After:
        func.func @main(%x: tensor<3x1xf32>) -> tensor<3x3xf32> {
          %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<3x1xf32>) -> tensor<1x3xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
          return %1 : tensor<3x3xf32>
        }
    """
    below, result = producer(op.operands[0]), op.results[0]
    if below is None or not (is_broadcast(op.operands[0]) and is_static(result)):
        return False
    order = integers(op, "permutation")
    places = [order.index(axis) for axis in integers(below, "broadcast_dimensions")]
    turned = transpose(
        below.operands[0], sorted(range(len(places)), key=places.__getitem__), rewriter
    )
    return rewriter.replace(op, broadcast(turned, shape_of(result), sorted(places), rewriter))


@pattern("stablehlo.add")
def fold_added_zeros(op: Operation, rewriter: Rewriter) -> bool:
    """Fold an addition of zeros to a broadcast, so that a transpose of it is seen.

    Before:
        func.func @main(%x: tensor<3x1xi32>) -> tensor<3x3xi32> {
          %zeros = stablehlo.constant dense<0> : tensor<3x3xi32>
          %0 = stablehlo.broadcast_in_dim %x, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
          %1 = stablehlo.add %0, %zeros : tensor<3x3xi32>
          return %1 : tensor<3x3xi32>
        }

    After:
        func.func @main(%x: tensor<3x1xi32>) -> tensor<3x3xi32> {
          %0 = stablehlo.broadcast_in_dim %x, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
          return %0 : tensor<3x3xi32>
        }
    """
    for value, zeros in both_orders(op):
        if is_broadcast(value) and rewriter.splat(zeros) == 0.0:
            return rewriter.replace(op, value)
    return False
