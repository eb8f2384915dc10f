"""The functions of a module: their names, their blocks, and their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Attribute, Block, Module, Operation, Type

_NAME = "sym_name"
_ARGUMENTS = "arg_attrs"
_RESULTS = "res_attrs"
_VISIBILITY = "sym_visibility"
_TYPE = "function_type"
MAIN = "main"


def function_name(function: Operation) -> str:
    """The symbol by which a function is called."""
    return str(ir.StringAttr(function.attributes[_NAME]).value)


def main_of(module: Module) -> Operation:
    """The function ``main`` of a module."""
    (main,) = (each.operation for each in module.body.operations if function_name(each) == MAIN)
    return main


def block_of(function: Operation) -> Block:
    """The one block of a function."""
    return function.regions[0].blocks[0]


def terminator(block: Block) -> Operation:
    """The terminator of a block, which returns the block's results."""
    return block.operations[len(block.operations) - 1].operation


def make_function(
    module: Module,
    name: str,
    inputs: Sequence[Type],
    results: Sequence[Type],
    *,
    private: bool = True,
) -> Block:
    """The empty block of a new function, with types of inputs and results."""
    kind = ir.FunctionType.get(list(inputs), list(results))
    with ir.InsertionPoint(module.body):
        function: Operation = ir.Operation.create(
            "func.func",
            regions=1,
            attributes={
                _NAME: ir.StringAttr.get(name),
                _VISIBILITY: ir.StringAttr.get("private" if private else "public"),
                _TYPE: ir.TypeAttr.get(kind),
            },
        )
    return function.regions[0].blocks.append(*inputs)


def argument_attributes(function: Operation) -> list[dict[str, Attribute]]:
    """The attributes of each argument of a function, by name."""
    if _ARGUMENTS not in function.attributes:
        return [{} for _ in block_of(function).arguments]
    found = map(ir.DictAttr, ir.ArrayAttr(function.attributes[_ARGUMENTS]))
    return [{item.name: item.attr for item in attributes} for attributes in found]


def set_argument_attributes(
    function: Operation, attributes: Sequence[Mapping[str, Attribute]]
) -> None:
    """Give the arguments of a function these attributes, in place."""
    found = [ir.DictAttr.get(dict(each)) for each in attributes]
    function.attributes[_ARGUMENTS] = ir.ArrayAttr.get(found)


def drop_argument_attributes(function: Operation) -> None:
    """Remove the attributes of a function's arguments, in place."""
    _drop(function, _ARGUMENTS)


def drop_result_attributes(function: Operation) -> None:
    """Remove the attributes of a function's results, in place."""
    _drop(function, _RESULTS)


def _drop(function: Operation, name: str) -> None:
    if name in function.attributes:
        del function.attributes[name]


def declare_type(function: Operation) -> None:
    """Set a function's type to that of its block, in place."""
    block = block_of(function)
    inputs = [argument.type for argument in block.arguments]
    results = [value.type for value in terminator(block).operands]
    function.attributes[_TYPE] = ir.TypeAttr.get(ir.FunctionType.get(inputs, results))


def hide_others(module: Module) -> None:
    """Make ``main`` the one public function of a module, in place."""
    for function in module.body.operations:
        visibility = "public" if function_name(function) == MAIN else "private"
        function.attributes[_VISIBILITY] = ir.StringAttr.get(visibility)
