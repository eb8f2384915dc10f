"""Print a rewritten module in a canonical text, so that equal modules have equal texts.

Weights are shown as operations with their expressions: ``"litert_ir.weight"() {value =
"transpose(kernel, [1, 0])"}``.
"""

from __future__ import annotations

from collections.abc import Mapping

from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.external_buffers import EXTERNAL_CONSTANT
from litert_ir.stablehlo.mlir.functions import drop_argument_attributes
from litert_ir.stablehlo.mlir.interfaces import Block, Module, Operation
from litert_ir.stablehlo.mlir.values import producer
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.weights.text import weight_text

_SPELLED_OP = "litert_ir.weight"


def spell_weights(module: Module, rewriter: Rewriter, names: Mapping[int, str]) -> None:
    """Replace the number of each weight by its expression, in place.

    Args:
        module: Whose external constants are weights.
        rewriter: Knows what they stand for.
        names: The parameters' names, by index.
    """
    for op in [op for op in operations(module) if op.name == EXTERNAL_CONSTANT]:
        (result,) = op.results
        expr = rewriter.expr(result)
        if expr is None:
            continue
        attributes = {"value": weight_text(expr, names)}
        result.replace_all_uses_with(before(op).value(_SPELLED_OP, [], result.type, attributes))
        op.erase()


def canonical_text(module: Module) -> str:
    """Print a module's functions, with the operations in the order of their first use.

    The module's operations are moved, and attributes of arguments are dropped.
    """
    for function in module.body.operations:
        drop_argument_attributes(function)
        _sort(function.operation)
    return "\n".join(str(function) for function in module.body.operations)


def _sort(op: Operation) -> None:
    """Move the operations of regions to their first use."""
    for region in op.regions:
        for block in region.blocks:
            found = list(block.operations)
            end = found[-1].operation
            for needed in _needed(end, block):
                needed.move_before(end)
            for inner in found:
                _sort(inner.operation)


def _needed(end: Operation, block: Block) -> list[Operation]:
    """The operations of a block that its end needs, each after what it needs itself."""
    done: dict[Operation, None] = {}
    pending = [end]
    while pending:
        op = pending[-1]
        missing = [other for other in _makers(op, block) if other not in done]
        if missing:
            pending.append(missing[0])
            continue
        pending.pop()
        if op != end:
            done[op] = None
    return list(done)


def _makers(op: Operation, block: Block) -> list[Operation]:
    """The producers, in a block, of the operands of an operation and of those in its regions."""
    made = [producer(value) for inner in [op, *_inside(op)] for value in inner.operands]
    return [other for other in made if other is not None and other.block == block]


def _inside(op: Operation) -> list[Operation]:
    found = []
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                found.extend([inner.operation, *_inside(inner.operation)])
    return found
