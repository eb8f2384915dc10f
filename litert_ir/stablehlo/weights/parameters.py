"""The parameters and the operands of weight expressions."""

from __future__ import annotations

from typing import assert_never

from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Broadcast,
    Concatenate,
    Convert,
    Literal,
    Pad,
    Parameter,
    Reshape,
    Reverse,
    Slice,
    Transpose,
    Unary,
    WeightExpr,
)


def parameters_of(expr: WeightExpr) -> frozenset[int]:
    """The indices of the parameters that an expression needs."""
    found, pending = set(), [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, Parameter):
            found.add(node.index)
        pending.extend(sources_of(node))
    return frozenset(found)


def sources_of(expr: WeightExpr) -> tuple[WeightExpr, ...]:
    """The expressions directly below one."""
    match expr:
        case Parameter() | Literal():
            return ()
        case Binary():
            return (expr.left, expr.right)
        case Concatenate():
            return expr.sources
        case Pad():
            return (expr.source, expr.value)
        case Transpose() | Reshape() | Convert() | Slice() | Broadcast() | Unary() | Reverse():
            return (expr.source,)
        case _:
            assert_never(expr)
