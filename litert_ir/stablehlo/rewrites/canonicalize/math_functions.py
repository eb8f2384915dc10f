"""Bring mathematical functions to the one form of the CHLO dialect that the converter knows."""

from __future__ import annotations

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import both_orders, op_name, producer
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_MHLO_FUNCTIONS = (
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atanh",
    "cosh",
    "erf",
    "erf_inv",
    "sinh",
    "tan",
)


@pattern(*(f"mhlo.{name}" for name in _MHLO_FUNCTIONS))
def name_function(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize a custom call of a mathematical function as the CHLO operation of that name.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.custom_call @mhlo.erf(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = chlo.erf %x : tensor<2xf32> -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }
    """
    name = op_name(op).replace("mhlo.", "chlo.", 1)
    return rewriter.replace(op, rewriter.op(name, op.operands, op.results[0].type))


@pattern("chlo.erfc", before={"fuse_gelu": "A GELU is recognized by its erf."})
def erfc_as_erf(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``erfc(x)`` to ``1 - erf(x)``, and ``erfc(-x)`` to ``1 + erf(x)``, as erf is odd.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.negate %x : tensor<2xf32>
          %1 = chlo.erfc %0 : tensor<2xf32> -> tensor<2xf32>
          return %1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %cst = stablehlo.constant dense<1.000000e+00> : tensor<2xf32>
          %0 = chlo.erf %x : tensor<2xf32> -> tensor<2xf32>
          %1 = stablehlo.add %cst, %0 : tensor<2xf32>
          return %1 : tensor<2xf32>
        }
    """
    kind = op.results[0].type
    source = op.operands[0]
    positive = _negated(source, rewriter)
    erf = rewriter.op("chlo.erf", [source if positive is None else positive], kind)
    one = rewriter.filled(op.results[0], 1.0)
    name = "stablehlo.subtract" if positive is None else "stablehlo.add"
    return rewriter.replace(op, rewriter.op(name, [one, erf], kind))


def _negated(value: Value, rewriter: Rewriter) -> Value | None:
    """Return ``x`` of an explicit ``-x``, or ``x * c`` of ``-x * c``; None for other values."""
    op = producer(value)
    if op is None:
        return None
    if op.name == "stablehlo.negate":
        return op.operands[0]
    if op.name != "stablehlo.multiply":
        return None
    for factor, other in both_orders(op):
        below = producer(factor)
        if below is not None and below.name == "stablehlo.negate":
            return rewriter.op("stablehlo.multiply", [below.operands[0], other], value.type)
    return None
