"""Hoist loop invariants, and remove loop variables that are not read."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.stablehlo.mlir.creation import at_end, before
from litert_ir.stablehlo.mlir.functions import terminator
from litert_ir.stablehlo.mlir.interfaces import Block, Operation
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter


@pattern(
    "stablehlo.while",
    before={"fully_connect": "What a loop carries is no weight to the products in its body."},
)
def hoist_weights(op: Operation, rewriter: Rewriter) -> bool:
    """Hoist a weight that a loop passes on unchanged out of what the loop carries.

    Before:
        func.func @main(%x: tensor<2xf32>, %w: tensor<2xf32> {litert_ir.weight = "kernel"})
            -> tensor<2xf32> {
          %limit = stablehlo.constant dense<9.0> : tensor<f32>
          %0 = stablehlo.constant dense<0.0> : tensor<f32>
          %1:3 = stablehlo.while(%n = %0, %a = %x, %k = %w) : tensor<f32>, tensor<2xf32>,
              tensor<2xf32>
          cond {
            %2 = stablehlo.compare LT, %n, %limit : (tensor<f32>, tensor<f32>) -> tensor<i1>
            stablehlo.return %2 : tensor<i1>
          } do {
            %2 = stablehlo.exponential %n : tensor<f32>
            %3 = stablehlo.multiply %a, %k : tensor<2xf32>
            stablehlo.return %2, %3, %k : tensor<f32>, tensor<2xf32>, tensor<2xf32>
          }
          return %1#1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
          %cst_0 = stablehlo.constant dense<9.000000e+00> : tensor<f32>
          %0 = "litert_ir.weight"() {value = "kernel"} : () -> tensor<2xf32>
          %1:2 = stablehlo.while(%iterArg = %cst, %iterArg_1 = %x) : tensor<f32>, tensor<2xf32>
          cond {
            %2 = stablehlo.compare LT, %iterArg, %cst_0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
            stablehlo.return %2 : tensor<i1>
          } do {
            %2 = stablehlo.exponential %iterArg : tensor<f32>
            %3 = stablehlo.multiply %iterArg_1, %0 : tensor<2xf32>
            stablehlo.return %2, %3 : tensor<f32>, tensor<2xf32>
          }
          return %1#1 : tensor<2xf32>
        }

    A product with it is a layer like any other.
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
def remove_unread(op: Operation, rewriter: Rewriter) -> bool:
    """Remove from a loop what it carries and nobody reads.

    Before:
        func.func @main(%x: tensor<f32>) -> tensor<f32> {
          %limit = stablehlo.constant dense<9.0> : tensor<f32>
          %0:2 = stablehlo.while(%n = %x, %a = %x) : tensor<f32>, tensor<f32>
          cond {
            %1 = stablehlo.compare LT, %n, %limit : (tensor<f32>, tensor<f32>) -> tensor<i1>
            stablehlo.return %1 : tensor<i1>
          } do {
            %1 = stablehlo.exponential %n : tensor<f32>
            %2 = stablehlo.multiply %a, %n : tensor<f32>
            stablehlo.return %1, %2 : tensor<f32>, tensor<f32>
          }
          return %0#0 : tensor<f32>
        }

    After:
        func.func @main(%x: tensor<f32>) -> tensor<f32> {
          %cst = stablehlo.constant dense<9.000000e+00> : tensor<f32>
          %0 = stablehlo.while(%iterArg = %x) : tensor<f32>
          cond {
            %1 = stablehlo.compare LT, %iterArg, %cst : (tensor<f32>, tensor<f32>) -> tensor<i1>
            stablehlo.return %1 : tensor<i1>
          } do {
            %1 = stablehlo.exponential %iterArg : tensor<f32>
            stablehlo.return %1 : tensor<f32>
          }
          return %0 : tensor<f32>
        }
    """
    unread = [
        index
        for index, result in enumerate(op.results)
        if next(iter(result.uses), None) is None and _serves_itself(op, index)
    ]
    return bool(unread) and _drop(op, unread, rewriter)


def _serves_itself(op: Operation, index: int) -> bool:
    """Tell whether a loop's variable influences neither the others nor the number of iterations."""
    condition, body = (region.blocks[0] for region in op.regions)
    if next(iter(condition.arguments[index].uses), None) is not None:
        return False
    end, pending = terminator(body), [body.arguments[index]]
    seen: set[Operation] = set()
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


def _drop(op: Operation, dropped: Sequence[int], rewriter: Rewriter) -> bool:
    """Replace a loop by one without some of its variables."""
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


def _empty_loop(op: Operation, carried: Sequence[int]) -> Operation:
    """A loop over some of the values of another one, before it."""
    operands = [op.operands[index] for index in carried]
    kinds = [value.type for value in operands]
    loop = before(op).create("stablehlo.while", operands, kinds, regions=2)
    for region in loop.regions:
        region.blocks.append(*kinds)
    return loop


def _move(old: Block, block: Block, op: Operation, carried: Sequence[int]) -> None:
    """Move the operations of a region's block; the body's end stays with what it returns."""
    for operation in list(old.operations):
        last = operation.operation == terminator(old)
        if last and old == op.regions[1].blocks[0]:
            break
        block.append(operation.operation)
    for index, argument in enumerate(old.arguments):
        inside = block.arguments[carried.index(index)] if index in carried else op.operands[index]
        argument.replace_all_uses_with(inside)


def _return(block: Block, end: Operation, carried: Sequence[int]) -> None:
    values = [end.operands[index] for index in carried]
    at_end(block, end.location).create("stablehlo.return", values, [])
