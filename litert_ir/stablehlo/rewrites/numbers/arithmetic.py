"""Lower arithmetic for which LiteRT has no op, or its converter a wrong lowering."""

from __future__ import annotations

import math

import numpy as np

from litert_ir.stablehlo.mlir.enumerations import direction_of, is_total_order
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    dtype_of,
    integers,
    is_static,
    producer,
    shape_of,
)
from litert_ir.stablehlo.rewrites.engine.formula import Formula
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import compare, reshape, transpose
from litert_ir.stablehlo.weights.simplify import transposed

_MOST_DIMENSIONS = 4
"""Of LiteRT's comparisons, where a side is a number."""


_MULTIPLIED = range(2, 1 << 10)
"""Exponents of powers that become products, of at most 18 multiplications."""


@pattern("stablehlo.is_finite")
def compare_with_infinity(op: Operation, rewriter: Rewriter) -> bool:
    """Lower the test whether a number is finite to a comparison of its size with infinity.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xi1> {
          %0 = stablehlo.is_finite %x : (tensor<2xf32>) -> tensor<2xi1>
          return %0 : tensor<2xi1>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xi1> {
          %0 = stablehlo.abs %x : tensor<2xf32>
          %cst = stablehlo.constant dense<0x7F800000> : tensor<2xf32>
          %1 = stablehlo.compare LT, %0, %cst : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
          return %1 : tensor<2xi1>
        }
    """
    size = rewriter.op("stablehlo.abs", op.operands, op.operands[0].type)
    return rewriter.replace(op, compare(size, "LT", rewriter.filled(size, math.inf), rewriter))


@pattern("stablehlo.compare")
def flatten_comparison(op: Operation, rewriter: Rewriter) -> bool:
    """Flatten a comparison of many dimensions with one number.

    Before:
        func.func @main(%x: tensor<1x2x1x2x1xf32>) -> tensor<1x2x1x2x1xi1> {
          %zero = stablehlo.constant dense<0.0> : tensor<1x2x1x2x1xf32>
          %0 = stablehlo.compare EQ, %x, %zero : (tensor<1x2x1x2x1xf32>, tensor<1x2x1x2x1xf32>)
              -> tensor<1x2x1x2x1xi1>
          return %0 : tensor<1x2x1x2x1xi1>
        }

    After:
        func.func @main(%x: tensor<1x2x1x2x1xf32>) -> tensor<1x2x1x2x1xi1> {
          %0 = stablehlo.reshape %x : (tensor<1x2x1x2x1xf32>) -> tensor<4xf32>
          %cst = stablehlo.constant dense<0.000000e+00> : tensor<4xf32>
          %1 = stablehlo.compare EQ, %0, %cst : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
          %2 = stablehlo.reshape %1 : (tensor<4xi1>) -> tensor<1x2x1x2x1xi1>
          return %2 : tensor<1x2x1x2x1xi1>
        }

    LiteRT's ops broadcast up to four dimensions.
    """
    left, right = op.operands
    shape = shape_of(left)
    if len(shape) <= _MOST_DIMENSIONS or not is_static(left):
        return False
    if rewriter.splat(left) is None and rewriter.splat(right) is None:
        return False
    flat = [_flat(side, rewriter) for side in (left, right)]
    found = compare(flat[0], direction_of(op), flat[1], rewriter)
    return rewriter.replace(op, reshape(found, shape, rewriter))


def _flat(value: Value, rewriter: Rewriter) -> Value:
    shape = (math.prod(shape_of(value)),)
    array = rewriter.array(value)
    if rewriter.splat(value) is not None and array is not None:
        return rewriter.splat_constant(array.reshape(-1)[0], shape)
    return reshape(value, shape, rewriter)


@pattern("stablehlo.compare")
def drop_total_order(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize a comparison in total order, for which LiteRT has no op, as the usual one.

    Before:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xi1> {
          %0 = stablehlo.compare LT, %x, %y, TOTALORDER : (tensor<2xf32>, tensor<2xf32>)
              -> tensor<2xi1>
          return %0 : tensor<2xi1>
        }

    After:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xi1> {
          %0 = stablehlo.compare LT, %x, %y : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
          return %0 : tensor<2xi1>
        }

    They differ for not-a-number, and for zeros of different signs, which JAX makes equal before.
    """
    if not is_total_order(op):
        return False
    left, right = op.operands
    return rewriter.replace(op, compare(left, direction_of(op), right, rewriter))


@pattern(
    "stablehlo.select",
    before={"remainder_of_dividend": "The remainder that it starts from would be lowered."},
)
def floor_mod(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse JAX' remainder with the sign of the divisor into `tfl.floor_mod`.

    Before:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<2xf32>
          %0 = stablehlo.remainder %x, %y : tensor<2xf32>
          %1 = stablehlo.compare LT, %0, %zero : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
          %2 = stablehlo.compare LT, %y, %zero : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
          %3 = stablehlo.compare NE, %1, %2 : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
          %4 = stablehlo.compare NE, %0, %zero : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
          %5 = stablehlo.and %3, %4 : tensor<2xi1>
          %6 = stablehlo.add %0, %y : tensor<2xf32>
          %7 = stablehlo.select %5, %6, %0 : tensor<2xi1>, tensor<2xf32>
          return %7 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.floor_mod"(%x, %y) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }
    """
    condition, corrected, value = op.operands
    remainder, total = producer(value), producer(corrected)
    if remainder is None or remainder.name != "stablehlo.remainder":
        return False
    if total is None or total.name != "stablehlo.add" or not _asks_for_rest(condition, value):
        return False
    divisor = remainder.operands[1]
    if not any(left == value and _same(right, divisor) for left, right in both_orders(total)):
        return False
    operands = list(remainder.operands)
    return rewriter.replace(op, rewriter.op("tfl.floor_mod", operands, op.results[0].type))


def _asks_for_rest(condition: Value, remainder: Value) -> bool:
    """Tell whether a condition is that a remainder is not zero, and something else."""
    op = producer(condition)
    if op is None or op.name != "stablehlo.and":
        return False
    makers = [producer(operand) for operand in op.operands]
    return any(
        maker is not None
        and maker.name == "stablehlo.compare"
        and direction_of(maker) == "NE"
        and maker.operands[0] == remainder
        for maker in makers
    )


def _same(left: Value, right: Value) -> bool:
    """Tell whether two values are one, or equal broadcasts of one."""
    if left == right:
        return True
    first, second = producer(left), producer(right)
    if first is None or second is None or first.name != second.name:
        return False
    if first.name == "stablehlo.constant":
        return bool(first.attributes["value"] == second.attributes["value"])
    broadcast = first.name == "stablehlo.broadcast_in_dim"
    return broadcast and bool(first.operands[0] == second.operands[0])


@pattern("stablehlo.subtract", "stablehlo.divide")
def sink_transpose(op: Operation, rewriter: Rewriter) -> bool:
    """Sink a transpose below the subtraction, or division, of its result from a constant.

    Before:
        func.func @main(%x: tensor<1x2xf32>) -> tensor<2x1xf32> {
          %c = stablehlo.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
          %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<1x2xf32>) -> tensor<2x1xf32>
          %1 = stablehlo.subtract %c, %0 : tensor<2x1xf32>
          return %1 : tensor<2x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x2xf32>) -> tensor<2x1xf32> {
          %cst = stablehlo.constant dense<[[1.000000e+00, 2.000000e+00]]> : tensor<1x2xf32>
          %0 = stablehlo.subtract %cst, %x : tensor<1x2xf32>
          %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<1x2xf32>) -> tensor<2x1xf32>
          return %1 : tensor<2x1xf32>
        }

    LiteRT's converter does so too, but confuses the sides: it takes the constant off ``%x``.
    """
    expr, below = rewriter.expr(op.operands[0]), producer(op.operands[1])
    if expr is None or below is None or below.name != "stablehlo.transpose":
        return False
    order = integers(below, "permutation")
    constant = rewriter.weight(transposed(expr, np.argsort(order).tolist()))
    operands = [constant, below.operands[0]]
    return rewriter.replace(
        op, transpose(rewriter.op(op.name, operands, operands[1].type), order, rewriter)
    )


@pattern("stablehlo.remainder")
def remainder_of_dividend(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a remainder with the sign of the dividend, where LiteRT's has that of the divisor.

    Before:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.remainder %x, %y : tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.sign %x : tensor<2xf32>
          %1 = stablehlo.abs %x : tensor<2xf32>
          %2 = stablehlo.abs %y : tensor<2xf32>
          %3 = "tfl.floor_mod"(%1, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
          %4 = stablehlo.multiply %0, %3 : tensor<2xf32>
          return %4 : tensor<2xf32>
        }

    Of integers, it is ``x - x / y * y``.
    """
    dividend, divisor = op.operands
    if dtype_of(op.results[0]) in ("float32", "float16"):
        return rewriter.replace(op, _float_remainder(dividend, divisor, rewriter))
    if dtype_of(op.results[0]) == "int32":
        return rewriter.replace(op, _integer_remainder(dividend, divisor, rewriter))
    return False


def _float_remainder(x: Value, y: Value, rewriter: Rewriter) -> Value:
    kind = x.type
    sizes = [rewriter.op("stablehlo.abs", [value], kind) for value in (x, y)]
    remainder = rewriter.op("tfl.floor_mod", sizes, kind)
    sign = rewriter.op("stablehlo.sign", [x], kind)
    return rewriter.op("stablehlo.multiply", [sign, remainder], kind)


def _integer_remainder(x: Value, y: Value, rewriter: Rewriter) -> Value:
    """Compute an integer remainder as XLA does: a division by zero leaves the dividend."""
    kind, divisor = x.type, y
    if rewriter.splat(y) in (None, 0.0):
        is_zero = compare(y, "EQ", rewriter.filled(y, 0), rewriter)
        divisor = rewriter.op("stablehlo.select", [is_zero, rewriter.filled(y, 1), y], kind)
    quotient = rewriter.op("stablehlo.divide", [x, divisor], kind)
    multiple = rewriter.op("stablehlo.multiply", [quotient, y], kind)
    return rewriter.op("stablehlo.subtract", [x, multiple], kind)


@pattern("stablehlo.round_nearest_afz")
def round_away_from_zero(op: Operation, rewriter: Rewriter) -> bool:
    """Lower rounding of halves away from zero to ``sign(x) * floor(|x| + 0.5)``.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.round_nearest_afz %x : tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.sign %x : tensor<2xf32>
          %1 = stablehlo.abs %x : tensor<2xf32>
          %cst = stablehlo.constant dense<5.000000e-01> : tensor<2xf32>
          %2 = stablehlo.add %1, %cst : tensor<2xf32>
          %3 = stablehlo.floor %2 : tensor<2xf32>
          %4 = stablehlo.multiply %0, %3 : tensor<2xf32>
          return %4 : tensor<2xf32>
        }
    """
    value, kind = op.operands[0], op.results[0].type
    size = rewriter.op("stablehlo.abs", [value], kind)
    raised = rewriter.op("stablehlo.add", [size, rewriter.filled(size, 0.5)], kind)
    rounded = rewriter.op("stablehlo.floor", [raised], kind)
    sign = rewriter.op("stablehlo.sign", [value], kind)
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", [sign, rounded], kind))


@pattern("stablehlo.cbrt")
def cubic_root(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a cubic root, which negative numbers have too, to ``sign(x) * power(|x|, 1/3)``.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.cbrt %x : tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.sign %x : tensor<2xf32>
          %1 = stablehlo.abs %x : tensor<2xf32>
          %cst = stablehlo.constant dense<0.333333343> : tensor<2xf32>
          %2 = stablehlo.power %1, %cst : tensor<2xf32>
          %3 = stablehlo.multiply %0, %2 : tensor<2xf32>
          return %3 : tensor<2xf32>
        }
    """
    value, kind = op.operands[0], op.results[0].type
    size = rewriter.op("stablehlo.abs", [value], kind)
    root = rewriter.op("stablehlo.power", [size, rewriter.filled(size, 1 / 3)], kind)
    sign = rewriter.op("stablehlo.sign", [value], kind)
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", [sign, root], kind))


@pattern("stablehlo.power")
def power_by_multiplying(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a power with a whole exponent to as many multiplications as its kernel takes.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %three = stablehlo.constant dense<3.0> : tensor<2xf32>
          %0 = stablehlo.power %x, %three : tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.multiply %x, %x : tensor<2xf32>
          %1 = stablehlo.multiply %x, %0 : tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    LiteRT's kernel multiplies too, on one core, and gives the greatest finite number where a power
    is infinite.
    """
    value, exponent = op.operands
    known = rewriter.splat(exponent)
    if dtype_of(value) != "float32" or known is None or known not in _MULTIPLIED:
        return False
    square, count = Formula(value, rewriter), int(known)
    power: Formula | None = None
    while count:
        if count % 2:
            power = square if power is None else power * square
        count //= 2
        if count:
            square = square * square
    return power is not None and rewriter.replace(op, power.value)
