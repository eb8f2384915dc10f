"""Loops do not carry the weights that they read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends.mlir import ir
from litert_ir.conversion.stablehlo.rewrites.pattern import pattern
from litert_ir.conversion.stablehlo.rewrites.rewriter import Rewriter


@pattern("stablehlo.while")
def read_weights_directly(op: Any, rewriter: Rewriter) -> bool:
    """A weight that a loop passes on unchanged is read inside of it, and not passed on.

    Before: ``stablehlo.while(%i = %zero, %k = %w)``, whose body reads ``%k`` and returns it
    After: ``stablehlo.while(%i = %zero)``, whose body reads ``%w``: a product with it is a
    layer like any other.
    """
    condition, body = (region.blocks[0] for region in op.regions)
    end = body.operations[len(body.operations) - 1].operation
    fixed = [
        index
        for index, value in enumerate(op.operands)
        if rewriter.expr(value) is not None and end.operands[index] == body.arguments[index]
    ]
    if not fixed:
        return False
    carried = [index for index in range(len(op.operands)) if index not in fixed]
    loop = _empty_loop(op, carried)
    for old, region in zip((condition, body), loop.regions, strict=True):
        _move(old, region.blocks[0], op, carried)
    _return(loop.regions[1].blocks[0], end, carried)
    values = list(op.operands)
    for index, result in zip(carried, loop.results, strict=True):
        values[index] = result
    return rewriter.replace(op, *values)


def _empty_loop(op: Any, carried: Sequence[int]) -> Any:
    """A loop over some of the values of another one, before it."""
    operands = [op.operands[index] for index in carried]
    kinds = [value.type for value in operands]
    with ir.InsertionPoint(op), op.location:
        loop = ir.Operation.create("stablehlo.while", results=kinds, operands=operands, regions=2)
    for region in loop.regions:
        region.blocks.append(*kinds)
    return loop


def _move(old: Any, block: Any, op: Any, carried: Sequence[int]) -> None:
    """Move the operations of a region's block; the body's end stays with what it returns."""
    for operation in list(old.operations):
        last = operation.operation == old.operations[len(old.operations) - 1].operation
        if last and old == op.regions[1].blocks[0]:
            break
        block.append(operation.operation)
    for index, argument in enumerate(old.arguments):
        inside = block.arguments[carried.index(index)] if index in carried else op.operands[index]
        argument.replace_all_uses_with(inside)


def _return(block: Any, end: Any, carried: Sequence[int]) -> None:
    with ir.InsertionPoint(block), end.location:
        ir.Operation.create("stablehlo.return", operands=[end.operands[i] for i in carried])
