"""Loops do not carry the weights that they read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.functions import terminator
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter


@pattern("stablehlo.while")
def read_weights_directly(op: Any, rewriter: Rewriter) -> bool:
    """A weight that a loop passes on unchanged is read inside of it, and not passed on.

    Before: ``stablehlo.while(%i = %zero, %k = %w)``, whose body reads ``%k`` and returns it
    After: ``stablehlo.while(%i = %zero)``, whose body reads ``%w``: a product with it is a
    layer like any other.
    """
    body = op.regions[1].blocks[0]
    end = terminator(body)
    fixed = [
        index
        for index, value in enumerate(op.operands)
        if rewriter.expr(value) is not None and end.operands[index] == body.arguments[index]
    ]
    return bool(fixed) and _drop(op, fixed, rewriter)


@pattern("stablehlo.while")
def drop_unread(op: Any, rewriter: Rewriter) -> bool:
    """A loop does not compute what nobody reads.

    Before: ``%r:2 = stablehlo.while(%i = %zero, %all = %empty)``, whose body puts something
    into ``%all``, while nobody takes ``%r#1``
    After: ``%r = stablehlo.while(%i = %zero)``.
    """
    unread = [
        index
        for index, result in enumerate(op.results)
        if next(iter(result.uses), None) is None and _serves_itself(op, index)
    ]
    return bool(unread) and _drop(op, unread, rewriter)


def _serves_itself(op: Any, index: int) -> bool:
    """Whether a loop's variable has no influence on the others, or on how long it runs."""
    condition, body = (region.blocks[0] for region in op.regions)
    if next(iter(condition.arguments[index].uses), None) is not None:
        return False
    end, pending = terminator(body), [body.arguments[index]]
    seen: set[Any] = set()
    while pending:
        for use in pending.pop().uses:
            user = use.owner.operation
            if user == end:
                if use.operand_number != index:
                    return False
            elif user.block != body or len(list(user.regions)) > 0:
                return False
            elif user not in seen:
                seen.add(user)
                pending.extend(user.results)
    return True


def _drop(op: Any, dropped: Sequence[int], rewriter: Rewriter) -> bool:
    """Put a loop over the other variables in a loop's place."""
    condition, body = (region.blocks[0] for region in op.regions)
    end = terminator(body)
    carried = [index for index in range(len(op.operands)) if index not in dropped]
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
        last = operation.operation == terminator(old)
        if last and old == op.regions[1].blocks[0]:
            break
        block.append(operation.operation)
    for index, argument in enumerate(old.arguments):
        inside = block.arguments[carried.index(index)] if index in carried else op.operands[index]
        argument.replace_all_uses_with(inside)


def _return(block: Any, end: Any, carried: Sequence[int]) -> None:
    with ir.InsertionPoint(block), end.location:
        ir.Operation.create("stablehlo.return", operands=[end.operands[i] for i in carried])
