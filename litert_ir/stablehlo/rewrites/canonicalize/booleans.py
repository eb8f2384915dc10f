"""Fold booleans that were converted to numbers, and those that a constant decides."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType

from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import both_orders, dtype_of, producer
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_HOLDS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {
        "EQ": operator.eq,
        "NE": operator.ne,
        "LT": operator.lt,
        "LE": operator.le,
        "GT": operator.gt,
        "GE": operator.ge,
    }
)


@pattern("stablehlo.compare")
def fold_compared_boolean(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a comparison of a converted boolean with a known number into the boolean itself.

    Before:
        func.func @main(%p: tensor<2xi1>) -> tensor<2xi1> {
          %zero = stablehlo.constant dense<0> : tensor<2xi32>
          %0 = stablehlo.convert %p : (tensor<2xi1>) -> tensor<2xi32>
          %1 = stablehlo.compare EQ, %0, %zero : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
          return %1 : tensor<2xi1>
        }

    After:
        func.func @main(%p: tensor<2xi1>) -> tensor<2xi1> {
          %0 = stablehlo.not %p : tensor<2xi1>
          return %0 : tensor<2xi1>
        }

    It is the boolean, its negation or, where the answers for 0 and 1 are the same, a constant.
    LiteRT's converter compares the booleans with zeros for which it has no op.
    """
    converted, known = op.operands
    truth, number = _truth(converted), rewriter.splat(known)
    if truth is None or number is None:
        return False
    holds = _HOLDS[direction_of(op)]
    if_false, if_true = holds(0, number), holds(1, number)
    if if_false == if_true:
        return rewriter.replace(op, rewriter.filled(truth, if_true))
    if if_true:
        return rewriter.replace(op, truth)
    return rewriter.replace(op, rewriter.op("stablehlo.not", [truth], truth.type))


@pattern("stablehlo.and", "stablehlo.or")
def fold_junction(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a conjunction with true, and a disjunction with false, into the other operand.

    Before:
        func.func @main(%p: tensor<2xi1>) -> tensor<2xi1> {
          %true = stablehlo.constant dense<true> : tensor<2xi1>
          %0 = stablehlo.and %true, %p : tensor<2xi1>
          return %0 : tensor<2xi1>
        }

    After:
        func.func @main(%p: tensor<2xi1>) -> tensor<2xi1> {
          return %p : tensor<2xi1>
        }

    A mask that is joined with none is seen to be a mask at every size.
    """
    if dtype_of(op.results[0]) != "bool":
        return False
    for value, known in both_orders(op):
        if rewriter.splat(known) == float(op.name == "stablehlo.and"):
            return rewriter.replace(op, value)
    return False


def _truth(number: Value) -> Value | None:
    """The boolean that a number was converted from."""
    op = producer(number)
    if op is None or op.name != "stablehlo.convert" or dtype_of(op.operands[0]) != "bool":
        return None
    return op.operands[0]
