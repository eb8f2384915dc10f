"""What is repeated is turned around before, not afterwards.

LiteRT's converter does so too, but leaves out to turn around what it repeats: where the result
happens to have the shape of the repeated value, it computes other numbers, and says nothing.
"""

from __future__ import annotations

from typing import Any

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
def repeat_afterwards(op: Any, rewriter: Rewriter) -> bool:
    """A transpose of a broadcast is a broadcast of a transpose.

    Before: ``%b = broadcast_in_dim %x, dims = [0, 1] : (tensor<3x1xf32>) -> tensor<3x3xf32>``,
    ``transpose %b, dims = [1, 0]``
    After: ``%t = transpose %x, dims = [1, 0]``,
    ``broadcast_in_dim %t, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>``.
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
def repeat_without_zeros(op: Any, rewriter: Rewriter) -> bool:
    """What is repeated and added to zeros is repeated.

    Before: ``%b = broadcast_in_dim %x``, ``stablehlo.add %b, %zeros``
    After: ``%b``: so that a transpose of it is seen.
    """
    for value, zeros in both_orders(op):
        if is_broadcast(value) and rewriter.splat(zeros) == 0.0:
            return rewriter.replace(op, value)
    return False
