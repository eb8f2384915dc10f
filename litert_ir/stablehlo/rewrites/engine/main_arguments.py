"""Bind the arguments of ``main`` in a rewriter: weights, and inputs of dynamic sizes."""

from __future__ import annotations

from litert_ir.stablehlo.mlir.functions import (
    block_of,
    declare_type,
    drop_argument_attributes,
    drop_result_attributes,
)
from litert_ir.stablehlo.mlir.interfaces import Module
from litert_ir.stablehlo.mlir.values import dtype_of
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.trace.traced_function import InputArgument, Traced
from litert_ir.stablehlo.weights.expressions import Parameter
from litert_ir.stablehlo.weights.simplify import converted


def bind_weights(module: Module, traced: Traced, rewriter: Rewriter) -> None:
    """Replace the arguments that stand for weights."""
    (function,) = module.body.operations
    block = block_of(function)
    rewriter.move_to(block.operations[0].operation)
    for argument, what in zip(list(block.arguments), traced.arguments, strict=True):
        if isinstance(what, Parameter):
            argument.replace_all_uses_with(rewriter.weight(converted(what, dtype_of(argument))))
    for position in reversed(range(len(traced.arguments))):
        if isinstance(traced.arguments[position], Parameter):
            block.erase_argument(position)
    declare_type(function)
    drop_argument_attributes(function)
    drop_result_attributes(function)


def tell_varying(module: Module, traced: Traced, rewriter: Rewriter) -> None:
    """Mark the dimensions of arguments that vary between runs, once weights are bound."""
    (function,) = module.body.operations
    inputs = [what for what in traced.arguments if isinstance(what, InputArgument)]
    arguments = block_of(function).arguments
    rewriter.varying = {
        argument: what.dynamic_axes for argument, what in zip(arguments, inputs, strict=True)
    }
    rewriter.has_dynamic_batch = any(what.has_dynamic_batch for what in inputs)
