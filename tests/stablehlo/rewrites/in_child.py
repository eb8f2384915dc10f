"""What runs in the child process for the tests of patterns: it loads LiteRT's MLIR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.inference import INPUT_WIRE, OUTPUT_WIRE
from litert_ir.stablehlo.mlir.bindings import (
    evaluated,
    ir,
    legalize_to_tfl,
    mlir_context,
    parse,
    run_passes,
)
from litert_ir.stablehlo.mlir.external_buffers import EXTERNAL_CONSTANT
from litert_ir.stablehlo.mlir.functions import terminator
from litert_ir.stablehlo.mlir.values import (
    array_of,
    dtype_of,
    op_name,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.mlir.walk import operations, remove_unused
from litert_ir.stablehlo.rewrites import STAGES
from litert_ir.stablehlo.rewrites.engine.pattern import Pattern, apply_patterns
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.numbers.value_ranges import Range, ValueRanges
from litert_ir.stablehlo.skeleton.legalize import bind_weights, skeleton_of
from litert_ir.stablehlo.trace.traced_function import InputArgument, Traced
from litert_ir.stablehlo.weights.expressions import Parameter, WeightExpr

Array = NDArray[Any]
_UNCOUNTED = frozenset(
    {
        "builtin.module",
        "func.func",
        "func.return",
        "stablehlo.constant",
        "stablehlo.return",
        "tfl.no_value",
    }
)
PATTERNS: dict[str, Pattern] = {
    pattern.apply.__name__: pattern for stage in STAGES for pattern in stage.patterns
}
"""All patterns, by the names of their functions."""


def pattern_names() -> tuple[str, ...]:
    """The names of all patterns that are in use."""
    return tuple(PATTERNS)


def documentation() -> dict[str, str]:
    """What is said of each pattern."""
    return {name: pattern.before_and_after for name, pattern in PATTERNS.items()}


def rewrite(text: str, names: Sequence[str], varies: bool = False) -> dict[str, int]:
    """How many operations of each kind there are after these patterns.

    Args:
        text: The module.
        names: Those of the patterns.
        varies: Whether the arguments have dynamic dimensions besides the batch.
    """
    with mlir_context():
        module, rewriter = parse(text), Rewriter({})
        (function,) = module.body.operations
        rewriter.varying = {
            argument: _axes(argument, varies)
            for argument in function.regions[0].blocks[0].arguments
        }
        rewriter.has_dynamic_batch = varies
        apply_patterns(module, [PATTERNS[name] for name in names], rewriter)
        remove_unused(module)
        names_after = (op_name(op) for op in operations(module))
        return dict(Counter(name for name in names_after if name not in _UNCOUNTED))


def constants(text: str, names: Sequence[str]) -> list[Array]:
    """The constants that are left after these patterns, in order."""
    with mlir_context():
        module, rewriter = parse(text), Rewriter({})
        apply_patterns(module, [PATTERNS[name] for name in names], rewriter)
        remove_unused(module)
        found = [op for op in operations(module) if op.name == "stablehlo.constant"]
        return [np.array(rewriter.array(op.results[0])) for op in found]


def attributes(text: str, names: Sequence[str], op: str) -> dict[str, str]:
    """The attributes of the only operation of a kind after these patterns, printed."""
    with mlir_context():
        module = parse(text)
        apply_patterns(module, [PATTERNS[name] for name in names], Rewriter({}))
        remove_unused(module)
        (found,) = (item for item in operations(module) if item.name == op)
        return {name: str(found.attributes[name]) for name in found.attributes}


def file(text: str, varies: bool = False) -> bytes:
    """The file that all patterns and the converter make of a module; see `rewrite`."""
    with mlir_context():
        module = parse(text)
        (function,) = module.body.operations
        block = function.regions[0].blocks[0]
        outputs = len(terminator(block).operands)
        axes = [_axes(argument, varies) for argument in block.arguments]
    arguments = tuple(InputArgument(index, found) for index, found in enumerate(axes))
    traced = Traced(module=text, arguments=arguments, results=tuple(range(outputs)))
    return skeleton_of(traced, {}).content


def _axes(argument: Any, varies: bool) -> tuple[int, ...]:
    """The axes of an argument behind the batch, if they vary."""
    return tuple(range(1, len(shape_of(argument)))) if varies else ()


def weights(text: str, sizes: Sequence[tuple[int, ...]]) -> tuple[WeightExpr, ...]:
    """The big weights of a module whose first arguments are weights of these sizes."""
    parameters = [Parameter(index, tuple(size), "float32") for index, size in enumerate(sizes)]
    with mlir_context():
        module, rewriter = parse(text), Rewriter({})
        (function,) = module.body.operations
        kind = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value)
        inputs = map(InputArgument, range(len(kind.inputs) - len(sizes)))
        traced = Traced(module=text, arguments=(*parameters, *inputs), results=())
        bind_weights(module, traced, rewriter)
        for stage in STAGES:
            apply_patterns(module, stage.patterns, rewriter)
        remove_unused(module)
        found = [op for op in operations(module) if op.name == EXTERNAL_CONSTANT]
        return tuple(expr for op in found if (expr := rewriter.expr(op.results[0])) is not None)


def interpret(text: str, inputs: Sequence[Array]) -> list[Array]:
    """What a module computes, by StableHLO's reference interpreter."""
    with mlir_context():
        module = parse(text)
        run_passes(module, "func.func(chlo-legalize-to-stablehlo)")
        (function,) = module.body.operations
        block = function.regions[0].blocks[0]
        end = terminator(block)
        kinds = [(shape_of(value), dtype_of(value)) for value in end.operands]
        given = [_attribute(array) for array in inputs]
        results = evaluated(module, given)
        return [
            np.array(array_of(result, *kind)) for result, kind in zip(results, kinds, strict=True)
        ]


def _attribute(array: Array) -> Any:
    kind = tensor_type(array.shape, array.dtype.name)
    if array.dtype == bool:
        bits = [ir.BoolAttr.get(bool(item)) for item in array.reshape(-1)]
        return ir.DenseElementsAttr.get(bits, type=kind)
    return ir.DenseElementsAttr.get(np.ascontiguousarray(array), type=kind)


def ranges(text: str) -> list[Range]:
    """What is known of each result of a module, once it is in the TFL dialect."""
    with mlir_context():
        module = parse(text)
        (function,) = module.body.operations
        kind = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value)
        inputs = [INPUT_WIRE.format(index) for index in range(len(kind.inputs))]
        outputs = [OUTPUT_WIRE.format(index) for index in range(len(kind.results))]
        apply_patterns(module, STAGES[-1].patterns, Rewriter({}))
        legalize_to_tfl(module, inputs, outputs)
        (function,) = module.body.operations
        block = function.regions[0].blocks[0]
        end = terminator(block)
        found = ValueRanges()
        return [found.of(value) for value in end.operands]
