"""The functions of a module: their names, their blocks, and their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.stablehlo.mlir.bindings import ir

_NAME = "sym_name"
_VISIBILITY = "sym_visibility"
_TYPE = "function_type"
MAIN = "main"


def function_name(function: Any) -> str:
    """The symbol by which a function is called."""
    return str(ir.StringAttr(function.attributes[_NAME]).value)


def main_of(module: Any) -> Any:
    """The function ``main`` of a module."""
    (main,) = (each.operation for each in module.body.operations if function_name(each) == MAIN)
    return main


def block_of(function: Any) -> Any:
    """The one block of a function."""
    return function.regions[0].blocks[0]


def terminator(block: Any) -> Any:
    """The operation that ends a block, and takes what the block gives."""
    return block.operations[len(block.operations) - 1].operation


def make_function(
    module: Any, name: str, inputs: Sequence[Any], results: Sequence[Any], *, private: bool = True
) -> Any:
    """The empty block of a new function, with types of inputs and results."""
    kind = ir.FunctionType.get(list(inputs), list(results))
    with ir.InsertionPoint(module.body):
        function = ir.Operation.create(
            "func.func",
            regions=1,
            attributes={
                _NAME: ir.StringAttr.get(name),
                _VISIBILITY: ir.StringAttr.get("private" if private else "public"),
                _TYPE: ir.TypeAttr.get(kind),
            },
        )
    return function.regions[0].blocks.append(*inputs)


def declare_type(function: Any) -> None:
    """Give a function the type that its block has by now, in place."""
    block = block_of(function)
    inputs = [argument.type for argument in block.arguments]
    results = [value.type for value in terminator(block).operands]
    function.attributes[_TYPE] = ir.TypeAttr.get(ir.FunctionType.get(inputs, results))


def hide_others(module: Any) -> None:
    """Make ``main`` the one public function of a module, in place."""
    for function in module.body.operations:
        visibility = "public" if function_name(function) == MAIN else "private"
        function.attributes[_VISIBILITY] = ir.StringAttr.get(visibility)
