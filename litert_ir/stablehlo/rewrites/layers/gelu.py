"""Fuse the exact GELU into one operation."""

from __future__ import annotations

import math
from collections.abc import Iterator

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import both_orders, producer, users
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_RELATIVE_ERROR = 2e-3
"""The tolerance of a constant against its formula: float16 models round it."""


@pattern("stablehlo.multiply")
def fuse_gelu(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse ``x * 0.5 * (1 + erf(x / sqrt(2)))``, in any order, into `tfl.gelu`.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %half = stablehlo.constant dense<0.5> : tensor<2xf32>
          %root = stablehlo.constant dense<1.41421354> : tensor<2xf32>
          %one = stablehlo.constant dense<1.0> : tensor<2xf32>
          %0 = stablehlo.divide %x, %root : tensor<2xf32>
          %1 = chlo.erf %0 : tensor<2xf32> -> tensor<2xf32>
          %2 = stablehlo.add %1, %one : tensor<2xf32>
          %3 = stablehlo.multiply %x, %half : tensor<2xf32>
          %4 = stablehlo.multiply %3, %2 : tensor<2xf32>
          return %4 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.gelu"(%x) <{approximate = false}> : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415.
    """
    factors = list(_factors(op))
    others = [value for value in factors if not _near(rewriter.splat(value), 0.5)]
    if len(factors) != 3 or len(others) != 2:
        return False
    for x, gate in (others, others[::-1]):
        argument = _erf_argument(gate, rewriter)
        if argument is not None and argument == x:
            kind = op.results[0].type
            return rewriter.replace(op, rewriter.op("tfl.gelu", [x], kind, {"approximate": False}))
    return False


def _factors(op: Operation) -> Iterator[Value]:
    """The factors of a product of products, those of inner ones included."""
    for operand in op.operands:
        below = producer(operand)
        if below is not None and below.name == "stablehlo.multiply" and len(users(operand)) == 1:
            yield from below.operands
        else:
            yield operand


def _erf_argument(value: Value, rewriter: Rewriter) -> Value | None:
    """The x of ``1 + erf(x / sqrt(2))``."""
    op = producer(value)
    if op is None or op.name != "stablehlo.add":
        return None
    for one, erf in both_orders(op):
        inner = producer(erf)
        if _near(rewriter.splat(one), 1.0) and inner is not None and inner.name == "chlo.erf":
            return _scaled_by_root_half(inner.operands[0], rewriter)
    return None


def _scaled_by_root_half(value: Value, rewriter: Rewriter) -> Value | None:
    op = producer(value)
    if op is None:
        return None
    if op.name == "stablehlo.divide" and _near(rewriter.splat(op.operands[1]), math.sqrt(2)):
        return op.operands[0]
    if op.name == "stablehlo.multiply":
        for x, scale in both_orders(op):
            if _near(rewriter.splat(scale), math.sqrt(0.5)):
                return x
    return None


def _near(number: float | None, wanted: float) -> bool:
    return number is not None and math.isclose(number, wanted, rel_tol=_RELATIVE_ERROR)
