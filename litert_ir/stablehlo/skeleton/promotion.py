"""Compute in float32 what a model computes in float16 or bfloat16: LiteRT's CPU kernels do.

Weights are stored as float32 too. Inputs and outputs keep their types, but for bfloat16
outputs: LiteRT has no such tensors.
"""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.creation import at_start, attribute_of, before
from litert_ir.stablehlo.mlir.functions import block_of, declare_type, terminator
from litert_ir.stablehlo.mlir.interfaces import Block, Module, Operation, Type, Value
from litert_ir.stablehlo.mlir.values import (
    constant_array,
    dtype_of,
    dtype_of_type,
    is_tensor,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.mlir.walk import operations
from litert_ir.stablehlo.trace.traced_function import InputArgument, Traced

_HALF = frozenset({"float16", "bfloat16"})
_COMPUTED = "float32"
_CONVERT = "stablehlo.convert"


def promote_to_float32(module: Module, traced: Traced) -> None:
    """Give every half-precision value of a module's one function the type float32, in place."""
    (function,) = module.body.operations
    block = block_of(function)
    inputs = _interface_types(block, traced)
    outputs = [value.type for value in terminator(block).operands]
    if not any(map(_is_half, _values(module, block))):
        return
    for op in operations(function):
        _promote_constant(op)
    for value in _values(module, block):
        if _is_half(value):
            value.set_type(tensor_type(shape_of(value), _COMPUTED))
    _restore_inputs(block, inputs)
    _restore_outputs(block, outputs)
    declare_type(function)


def _interface_types(block: Block, traced: Traced) -> dict[int, Type]:
    """The types of the arguments that are inputs, by position."""
    return {
        position: block.arguments[position].type
        for position, what in enumerate(traced.arguments)
        if isinstance(what, InputArgument)
    }


def _values(module: Module, block: Block) -> list[Value]:
    """The values of a module: arguments of the function and of regions, and results."""
    values = list(block.arguments)
    for op in operations(module):
        values.extend(op.results)
        for region in op.regions:
            if op.name != "func.func":
                values.extend(argument for inner in region.blocks for argument in inner.arguments)
    return values


def _is_half(value: Value) -> bool:
    return is_tensor(value) and dtype_of(value) in _HALF


def _promote_constant(op: Operation) -> None:
    if op.name == "stablehlo.constant" and _is_half(op.results[0]):
        array = np.asarray(constant_array(op), _COMPUTED, order="C")
        op.attributes["value"] = attribute_of(array)


def _restore_inputs(block: Block, kinds: dict[int, Type]) -> None:
    for position, kind in kinds.items():
        argument = block.arguments[position]
        if argument.type == kind:
            continue
        convert = at_start(block).create(_CONVERT, [argument], [argument.type])
        argument.replace_all_uses_except(convert.results[0], convert)
        argument.set_type(kind)


def _restore_outputs(block: Block, kinds: list[Type]) -> None:
    end = terminator(block)
    for position, kind in enumerate(kinds):
        value = end.operands[position]
        if value.type != kind and dtype_of_type(kind) != "bfloat16":
            end.operands[position] = before(end).value(_CONVERT, [value], kind)
