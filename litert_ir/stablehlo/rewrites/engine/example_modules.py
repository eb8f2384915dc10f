"""Apply patterns to a module whose arguments are marked as weights or inputs.

An argument may be marked as a weight by its name, as in
``%w: tensor<3x4xf32> {litert_ir.weight = "kernel"}``, and an input by those of its dimensions
that have other sizes in other runs, as in ``%x: tensor<2x3xf32> {litert_ir.dynamic = [0, 1]}``;
dimension 0 is the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from litert_ir.backends.model_failures import brief
from litert_ir.errors import PatternError
from litert_ir.stablehlo.mlir.bindings import MLIRError, mlir_context, parse
from litert_ir.stablehlo.mlir.functions import argument_attributes, block_of
from litert_ir.stablehlo.mlir.interfaces import Module, Operation
from litert_ir.stablehlo.mlir.values import dtype_of, items, shape_of, string
from litert_ir.stablehlo.mlir.walk import remove_unused
from litert_ir.stablehlo.rewrites.engine.canonical_text import canonical_text, spell_weights
from litert_ir.stablehlo.rewrites.engine.main_arguments import bind_weights, tell_varying
from litert_ir.stablehlo.rewrites.engine.pattern import Stage, apply_patterns
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.trace.traced_function import Argument, InputArgument, Traced
from litert_ir.stablehlo.weights.expressions import Parameter

_WEIGHT_MARK = "litert_ir.weight"
_DYNAMIC_MARK = "litert_ir.dynamic"


def canonical(text: str, where: str) -> str:
    """Print the module of a text in its canonical form.

    Args:
        text: In MLIR.
        where: The pattern whose example it is of, for errors.

    Raises:
        PatternError: When the text does not parse.
    """
    with mlir_context():
        return canonical_text(_parsed(text, where))


def rewritten(text: str, stages: Sequence[Stage], where: str) -> str:
    """Apply patterns to the module of a text, and print it in its canonical form.

    Args:
        text: Of one function ``main``, with marked arguments.
        stages: Applied in turn.
        where: The pattern whose example it is of, for errors.

    Raises:
        PatternError: When the text does not parse, or what the patterns made is malformed.
        ConversionError: When patterns keep undoing each other.
    """
    traced, names = traced_example(text, where)
    with mlir_context():
        module, rewriter = _parsed(text, where), Rewriter({})
        bind_weights(module, traced, rewriter)
        tell_varying(module, traced, rewriter)
        for stage in stages:
            apply_patterns(module, stage.patterns, rewriter)
        remove_unused(module)
        rewriter.weights.place_kept(module)
        spell_weights(module, rewriter, names)
        _verify(module, where)
        return canonical_text(module)


def _parsed(text: str, where: str) -> Module:
    try:
        return parse(text)
    except MLIRError as error:
        raise PatternError(
            "The module of an example does not parse.", where=where, received=brief(error)
        ) from error


def _verify(module: Module, where: str) -> None:
    try:
        module.operation.verify()
    except MLIRError as error:
        raise PatternError(
            "The rewritten module of an example is malformed.", where=where, received=brief(error)
        ) from error


def traced_example(text: str, where: str) -> tuple[Traced, Mapping[int, str]]:
    """Read an example module and the marks of its arguments.

    Args:
        text: Of one function ``main``.
        where: The pattern whose example it is of, for errors.

    Returns:
        The module as it would come from tracing a model, and the names of its weights, by index.

    Raises:
        PatternError: When the text does not parse.
    """
    with mlir_context():
        module = _parsed(text, where)
        (function,) = module.body.operations
        operations = block_of(function).operations
        arguments = tuple(_arguments(function))
        results = len(operations[len(operations) - 1].operands)
    names = {what.index: name for what, name in arguments if isinstance(what, Parameter)}
    kinds = tuple(what for what, _ in arguments)
    return Traced(module=text, arguments=kinds, results=tuple(range(results))), names


def _arguments(function: Operation) -> Iterator[tuple[Argument, str]]:
    """Yield the role of each argument of a function, with its name where it is a weight."""
    values = block_of(function).arguments
    for index, (value, marks) in enumerate(zip(values, argument_attributes(function), strict=True)):
        if _WEIGHT_MARK in marks:
            name = string(marks[_WEIGHT_MARK])
            yield Parameter(index, shape_of(value), dtype_of(value)), name
        else:
            axes = tuple(map(int, items(marks[_DYNAMIC_MARK]))) if _DYNAMIC_MARK in marks else ()
            yield InputArgument(index, tuple(filter(None, axes)), 0 in axes), ""
