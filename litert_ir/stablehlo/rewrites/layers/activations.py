"""Fuse activation functions, as StableHLO writes them, into LiteRT's."""

from __future__ import annotations

from collections.abc import Iterator

from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    dtype_of,
    integers,
    producer,
    shape_of,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.weights.elementwise_functions import UnaryFunction
from litert_ir.stablehlo.weights.expressions import Unary, WeightExpr
from litert_ir.stablehlo.weights.simplify import reshaped

_MINIMUM = "stablehlo.minimum"
_CAPPED = {6.0: "tfl.relu6", 1.0: "tfl.relu_0_to_1"}


@pattern("stablehlo.maximum")
def relu(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse the maximum of a value and zero into `tfl.relu`.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<2xf32>
          %0 = stablehlo.maximum %x, %zero : tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }
    """
    if dtype_of(op.results[0]) != "float32":
        return False
    for value, zero in both_orders(op):
        if rewriter.splat(zero) != 0.0 or rewriter.splat(value) is not None:
            continue
        return rewriter.replace(op, rewriter.op("tfl.relu", [value], value.type))
    return False


@pattern(_MINIMUM, "stablehlo.clamp", "tfl.relu")
def capped_relu(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse a value bounded by 0 and 6 into `tfl.relu6`, by 0 and 1 into `tfl.relu_0_to_1`.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %six = stablehlo.constant dense<6.0> : tensor<2xf32>
          %0 = "tfl.relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
          %1 = stablehlo.minimum %0, %six : tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.relu6"(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    The bounds may stand the other way round, or in a `stablehlo.clamp`.
    """
    if dtype_of(op.results[0]) != "float32":
        return False
    for value, cap in _caps(op, rewriter):
        name = _CAPPED.get(rewriter.splat(cap) or 0.0)
        if name is not None:
            return rewriter.replace(op, rewriter.op(name, [value], op.results[0].type))
    return False


def _caps(op: Operation, rewriter: Rewriter) -> Iterator[tuple[Value, Value]]:
    """Yield pairs: a value that is kept above zero, and its upper limit."""
    if op.name == "stablehlo.clamp":
        low, value, high = op.operands
        if rewriter.splat(low) == 0.0:
            yield value, high
        return
    below = producer(op.operands[0])
    if op.name == "tfl.relu":
        yield from both_orders(below) if below is not None and below.name == _MINIMUM else ()
        return
    for value, cap in both_orders(op):
        below = producer(value)
        if below is not None and below.name == "tfl.relu":
            yield below.operands[0], cap


@pattern("stablehlo.add")
def prelu(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse ``relu(x) + w * relu(-x)`` with a weight ``w`` into `tfl.prelu` with the slope ``-w``.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %w: tensor<3xf32> {litert_ir.weight = "slope"})
            -> tensor<2x3xf32> {
          %0 = "tfl.relu"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.negate %x : tensor<2x3xf32>
          %2 = "tfl.relu"(%1) : (tensor<2x3xf32>) -> tensor<2x3xf32>
          %3 = stablehlo.broadcast_in_dim %w, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
          %4 = stablehlo.multiply %3, %2 : tensor<2x3xf32>
          %5 = stablehlo.add %0, %4 : tensor<2x3xf32>
          return %5 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %0 = "litert_ir.weight"() {value = "negate(slope)"} : () -> tensor<3xf32>
          %1 = "tfl.prelu"(%x, %0) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
          return %1 : tensor<2x3xf32>
        }

    The slope has the dimensions behind the batch.
    """
    for positive, other in both_orders(op):
        relu_of_x, product = producer(positive), producer(other)
        if relu_of_x is None or relu_of_x.name != "tfl.relu":
            continue
        if product is None or product.name != "stablehlo.multiply":
            continue
        value = relu_of_x.operands[0]
        for slope, negative in both_orders(product):
            alpha = _slope(slope, rewriter) if _is_negative_part(negative, value) else None
            if alpha is not None:
                operands = [value, rewriter.weight(alpha)]
                return rewriter.replace(op, rewriter.op("tfl.prelu", operands, value.type))
    return False


def _is_negative_part(value: Value, x: Value) -> bool:
    """Tell whether a value is ``relu(-x)``."""
    op = producer(value)
    below = None if op is None or op.name != "tfl.relu" else producer(op.operands[0])
    return below is not None and below.name == "stablehlo.negate" and below.operands[0] == x


def _slope(value: Value, rewriter: Rewriter) -> WeightExpr | None:
    """The negative of a weight that is repeated over the batch."""
    op = producer(value)
    if op is None or op.name != "stablehlo.broadcast_in_dim":
        return None
    expr = rewriter.expr(op.operands[0])
    dimensions = integers(op, "broadcast_dimensions")
    if expr is None or (dimensions[:1] == (0,) and expr.shape[0] != 1):
        return None
    sizes = [1] * len(shape_of(value))
    for axis, size in zip(dimensions, expr.shape, strict=True):
        sizes[axis] = size
    return reshaped(Unary(UnaryFunction.NEGATE, expr), sizes[1:])


@pattern("stablehlo.select")
def elu(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse ``select(x > 0, x, expm1(select(x > 0, 0, x)))`` into `tfl.elu`.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<2xf32>
          %0 = stablehlo.compare GT, %x, %zero : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
          %1 = stablehlo.select %0, %zero, %x : tensor<2xi1>, tensor<2xf32>
          %2 = stablehlo.exponential_minus_one %1 : tensor<2xf32>
          %3 = stablehlo.select %0, %x, %2 : tensor<2xi1>, tensor<2xf32>
          return %3 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.elu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    The inner choice, which keeps the exponential finite, may be missing.
    """
    condition, value, other = op.operands
    exponential = producer(other)
    if exponential is None or not _is_positive(condition, value, rewriter):
        return False
    if exponential.name != "stablehlo.exponential_minus_one" or dtype_of(value) != "float32":
        return False
    argument = exponential.operands[0]
    safe = producer(argument)
    if safe is not None and safe.name == "stablehlo.select":
        same, zero, argument = safe.operands
        if rewriter.splat(zero) is None or not _is_positive(same, value, rewriter):
            return False
    return argument == value and rewriter.replace(op, rewriter.op("tfl.elu", [value], value.type))


def _is_positive(condition: Value, value: Value, rewriter: Rewriter) -> bool:
    """Tell whether a condition is that a value is above zero."""
    op = producer(condition)
    if op is None or op.name != "stablehlo.compare" or direction_of(op) != "GT":
        return False
    return bool(op.operands[0] == value and rewriter.splat(op.operands[1]) == 0.0)


@pattern("stablehlo.multiply", "stablehlo.divide")
def fold_unit_factor(op: Operation, rewriter: Rewriter) -> bool:
    """Remove a multiplication by one, and a division by one.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %one = stablehlo.constant dense<1.0> : tensor<2xf32>
          %0 = stablehlo.multiply %one, %x : tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          return %x : tensor<2xf32>
        }
    """
    sides = both_orders(op) if op.name == "stablehlo.multiply" else (tuple(op.operands),)
    for value, one in sides:
        if rewriter.splat(one) == 1.0:
            return rewriter.replace(op, value)
    return False
