"""Move the regions of loops and conditionals into functions, as the flatbuffer has them.

A `tfl.while` carries its condition and its body as regions that may use values from around
the loop; in the file they are subgraphs, which see their arguments alone. So outside values
become further loop variables, and outside constants are copied into the function.
"""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.stablehlo.mlir.creation import at_end, at_start, before, symbol
from litert_ir.stablehlo.mlir.functions import function_name, make_function, terminator
from litert_ir.stablehlo.mlir.interfaces import (
    Block,
    Location,
    Module,
    Operation,
    Region,
    Type,
    Value,
)
from litert_ir.stablehlo.mlir.values import producer, symbol_name, tensor_type
from litert_ir.stablehlo.mlir.walk import operations, remove_unused

_CONSTANTS = frozenset({"arith.constant", "tfl.external_const", "tfl.no_value", "tfl.pseudo_const"})


def outline_regions(module: Module) -> None:
    """Outline every loop and conditional of a module in the TFL dialect, inner ones first.

    The converter has outlined conditionals already, but left the calls of the functions where
    the file must have the functions themselves: these come back first.
    """
    _inline_calls(module)
    found = [op for op in operations(module) if op.name in ("tfl.while", "tfl.if")]
    for number, op in reversed(list(enumerate(found))):
        if op.name == "tfl.while":
            _outline_while(module, op, number)
        else:
            _outline_if(module, op, number)
    remove_unused(module)


def _inline_calls(module: Module) -> None:
    """Inline the functions of conditionals; each is called once."""
    functions = {function_name(op): op.operation for op in module.body.operations}
    for call in [op for op in operations(module) if op.name == "func.call"]:
        function = functions[symbol_name(call, "callee")]
        block = function.regions[0].blocks[0]
        *inside, end = list(block.operations)
        for op in inside:
            op.operation.move_before(call)
        for argument, value in zip(block.arguments, call.operands, strict=True):
            argument.replace_all_uses_with(value)
        _replace(call, list(end.operation.operands))
        function.erase()


def _outline_while(module: Module, op: Operation, number: int) -> None:
    captured = _captured(op)
    operands = [*op.operands, *captured]
    kinds = [value.type for value in operands]
    names = []
    for region, role in zip(op.regions, ("cond", "body"), strict=True):
        name = f"while_{number}_{role}"
        carried = captured if role == "body" else []
        _outline(module, region, name, captured, carried)
        names.append(name)
    loop = before(op).create("tfl.while", operands, kinds, {"is_stateless": False}, regions=2)
    boolean = tensor_type((), "bool")
    for region, name, results in zip(loop.regions, names, ([boolean], kinds), strict=True):
        _call(region, name, kinds, results, op.location)
    _replace(op, list(loop.results)[: len(op.results)])


def _outline_if(module: Module, op: Operation, number: int) -> None:
    captured = _captured(op)
    results = [result.type for result in op.results]
    names = []
    for region, role in zip(op.regions, ("then", "else"), strict=True):
        name = f"if_{number}_{role}"
        _outline(module, region, name, captured, [])
        names.append(name)
    branches = {"then_branch": symbol(names[0]), "else_branch": symbol(names[1])}
    attributes = {**branches, "is_stateless": True}
    made = before(op).create("tf.If", [op.operands[0], *captured], results, attributes)
    _replace(op, list(made.results))


def _replace(op: Operation, values: Sequence[Value]) -> None:
    for old, new in zip(op.results, values, strict=True):
        old.replace_all_uses_with(new)
    op.erase()


def _captured(op: Operation) -> list[Value]:
    """The values defined outside of an operation that its regions use, constants apart."""
    found: list[Value] = []
    for region in op.regions:
        for inner in operations_in(region.blocks[0]):
            for value in inner.operands:
                if _is_outside(value, op) and not _is_constant(value) and value not in found:
                    found.append(value)
    return found


def operations_in(block: Block) -> list[Operation]:
    """The operations of a block and of all regions below it."""
    found = []
    for op in block.operations:
        found.append(op.operation)
        for region in op.operation.regions:
            for inner in region.blocks:
                found.extend(operations_in(inner))
    return found


def _is_outside(value: Value, op: Operation) -> bool:
    """Tell whether a value is defined outside of an operation: its arguments and its regions."""
    maker = producer(value)
    block = value.owner if maker is None else maker.block
    while block is not None:
        above = block.owner
        if above is None or above.operation.name == "func.func":
            return True
        if above.operation == op:
            return False
        block = above.operation.block
    return True


def _is_constant(value: Value) -> bool:
    maker = producer(value)
    return maker is not None and maker.name in _CONSTANTS


def _outline(
    module: Module, region: Region, name: str, captured: Sequence[Value], carried: Sequence[Value]
) -> None:
    """Move a region's operations into a new private function.

    Its arguments are the region's own, then the captured values.

    Args:
        module: The module of the function.
        region: Has one block, which ends in a `tfl.yield`.
        name: The function's.
        captured: The outside values that the last arguments stand for.
        carried: Those of them that it also returns, after what the region yields.
    """
    old = region.blocks[0]
    last = terminator(old)
    yielded = list(last.operands)
    results = [value.type for value in (*yielded, *carried)]
    kinds = [value.type for value in (*old.arguments, *captured)]
    block = make_function(module, name, kinds, results)
    arguments = list(block.arguments)
    own = len(old.arguments)
    end = at_end(block, last.location).create("func.return", [], [])
    for op in list(old.operations)[:-1]:
        op.operation.move_before(end)
    for argument, own_argument in zip(old.arguments, arguments, strict=False):
        argument.replace_all_uses_with(own_argument)
    inside = _Inside(block, dict(zip(captured, arguments[own:], strict=True)))
    for op in operations_in(block):
        inside.localize(op)
    outputs = [inside.local(value) for value in last.operands]
    outputs += [inside.local(value) for value in carried]
    end.erase()
    at_end(block, last.location).create("func.return", outputs, [])


class _Inside:
    """The arguments of an outlined function, by the values that they replace."""

    def __init__(self, block: Block, arguments: dict[Value, Value]) -> None:
        self._block = block
        self._arguments = arguments
        self._copies: dict[Value, Value] = {}

    def localize(self, op: Operation) -> None:
        for position, value in enumerate(list(op.operands)):
            local = self.local(value)
            if local != value:
                op.operands[position] = local

    def local(self, value: Value) -> Value:
        if value in self._arguments:
            return self._arguments[value]
        if not _is_constant(value) or self._is_here(value):
            return value
        if value not in self._copies:
            copy = at_start(self._block).copy(value.owner.operation)
            self._copies[value] = copy.results[0]
        return self._copies[value]

    def _is_here(self, value: Value) -> bool:
        block: Block = value.owner.operation.block
        while block != self._block:
            above = block.owner
            if above is None or above.operation.name == "func.func":
                return False
            block = above.operation.block
        return True


def _call(
    region: Region, name: str, kinds: Sequence[Type], results: Sequence[Type], location: Location
) -> None:
    """Replace a region's operations by a call of a function on its own arguments."""
    block = region.blocks.append(*kinds)
    end = at_end(block, location)
    call = end.create("func.call", block.arguments, results, {"callee": symbol(name)})
    end.create("tfl.yield", call.results, [])
