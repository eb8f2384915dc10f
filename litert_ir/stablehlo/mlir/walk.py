"""Walk over the operations of a module, and erase those that nothing uses."""

from __future__ import annotations

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Module, Operation


def operations(module: Module | Operation) -> list[Operation]:
    """All operations of a module, outer before inner, in program order."""
    found: list[Operation] = []

    def collect(op: Operation) -> object:
        found.append(op.operation)
        return ir.WalkResult.ADVANCE

    module.operation.walk(collect, ir.WalkOrder.PRE_ORDER)
    return found


def is_unused(op: Operation) -> bool:
    """Tell whether an operation has results and none of them is used."""
    gives = False
    for result in op.results:
        if next(iter(result.uses), None) is not None:
            return False
        gives = True
    return gives


def remove_unused(module: Module) -> None:
    """Erase unused operations; a traced inference call has no side effects."""
    for op in reversed(operations(module)):
        if is_unused(op):
            op.erase()
