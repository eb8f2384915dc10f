"""What runs in the child process for the tests of patterns: it loads LiteRT's MLIR."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.inference import INPUT_WIRE, OUTPUT_WIRE
from litert_ir.errors import LiteRTIRError, PatternError
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
from litert_ir.stablehlo.rewrites import STAGES, show
from litert_ir.stablehlo.rewrites.engine.example_modules import canonical, traced_example
from litert_ir.stablehlo.rewrites.engine.main_arguments import bind_weights
from litert_ir.stablehlo.rewrites.engine.order import in_order
from litert_ir.stablehlo.rewrites.engine.pattern import Constraint, Pattern, Stage, apply_patterns
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.numbers.value_ranges import Range, ValueRanges
from litert_ir.stablehlo.rewrites.show import after
from litert_ir.stablehlo.skeleton.legalize import skeleton_of
from litert_ir.stablehlo.trace.traced_function import InputArgument, Traced
from litert_ir.stablehlo.weights.expressions import Parameter, WeightExpr
from tests.stablehlo.rewrites.example import draw

Array = NDArray[Any]


@attrs.frozen(kw_only=True)
class Shown:
    """The canonical texts of an example.

    Attributes:
        before: The module before the pattern, without marks.
        made: What the pattern makes of it.
        after: What the docstring says that it makes.
    """

    before: str
    made: str
    after: str


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
    pattern.name: pattern for stage in STAGES for pattern in stage.patterns
}
"""All patterns, by name."""


def pattern_names() -> tuple[str, ...]:
    """The names of all patterns that are in use."""
    return tuple(PATTERNS)


def examples() -> dict[str, Shown | str]:
    """What each pattern makes of the module in its docstring; an error's message instead."""
    return {name: _shown(pattern) for name, pattern in PATTERNS.items()}


def _shown(pattern: Pattern) -> Shown | str:
    try:
        return shown_by(pattern)
    except LiteRTIRError as error:
        return str(error)


def shown_by(pattern: Pattern) -> Shown:
    """What a pattern makes of the module in its docstring."""
    example, name = pattern.example, pattern.name
    return Shown(
        before=canonical(example.before, name),
        made=after(pattern),
        after=canonical(example.after, name),
    )


def documented(name: str, docstring: str) -> Shown:
    """As `shown_by`, of a pattern with another docstring."""
    return shown_by(attrs.evolve(PATTERNS[name], documentation=docstring))


def shown_by_command(names: Sequence[str]) -> tuple[int, str]:
    """The exit status and the output of the command that shows examples."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = show.show(*names)
    return status, output.getvalue()


def _stand_in(name: str, root: str, **constraints: tuple[Constraint, ...]) -> Pattern:
    def apply(_op: Any, _rewriter: Rewriter) -> bool:
        return False

    return Pattern(name=name, roots=(root,), apply=apply, documentation="", **constraints)


_STAND_INS = {
    item.name: item
    for item in (
        _stand_in("other", "stablehlo.add"),
        _stand_in("late", "stablehlo.add", after=(Constraint("other", "it would undo it"),)),
        _stand_in("early", "stablehlo.add", before=(Constraint("other", "it would undo it"),)),
        _stand_in("elsewhere", "stablehlo.abs"),
        _stand_in("after_elsewhere", "stablehlo.add", after=(Constraint("elsewhere", "-"),)),
    )
}


def ordered(stages: Sequence[Sequence[str]]) -> int:
    """How many stages there are when such of stand-ins are put together."""
    made = (
        Stage(name=f"stage {at}", patterns=tuple(_STAND_INS[name] for name in names))
        for at, names in enumerate(stages)
    )
    return len(in_order(*made))


def constraints_that_hold_backwards() -> tuple[str, ...]:
    """The patterns with constraints that also hold where they and the stages are turned around."""
    backwards = [
        Stage(name=stage.name, patterns=stage.patterns[::-1]) for stage in reversed(STAGES)
    ]
    return tuple(
        f"{name} and {constraint.other}"
        for name, item in PATTERNS.items()
        for constraint in (*item.after, *item.before)
        if _holds(item, constraint, backwards)
    )


def _holds(item: Pattern, constraint: Constraint, stages: Sequence[Stage]) -> bool:
    """Whether a constraint holds in stages, those of others apart."""
    only = (constraint,)
    free = {each: attrs.evolve(each, after=(), before=()) for each in PATTERNS.values()}
    if constraint in item.after:
        free[item] = attrs.evolve(free[item], after=only)
    else:
        free[item] = attrs.evolve(free[item], before=only)
    try:
        in_order(
            *(
                attrs.evolve(stage, patterns=tuple(map(free.__getitem__, stage.patterns)))
                for stage in stages
            )
        )
    except PatternError:
        return False
    return True


def parses(text: str) -> bool:
    """Whether a text is a module."""
    with mlir_context():
        return bool(parse(text))


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


@attrs.frozen(kw_only=True)
class Computed:
    """What the module in a docstring computes, and the file that is made of it.

    Attributes:
        content: The file.
        inputs: Those of its inputs that were drawn.
        outputs: What StableHLO's reference interpreter computes of them.
    """

    content: bytes
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]


def computed(name: str) -> Computed:
    """What the module in a pattern's docstring computes, with drawn inputs and weights."""
    before = PATTERNS[name].example.before
    traced, _ = traced_example(before, name)
    with mlir_context():
        module = parse(before)
        (function,) = module.body.operations
        values = function.regions[0].blocks[0].arguments
        kinds = [(shape_of(value), dtype_of(value)) for value in values]
    rng = np.random.default_rng(len(before))
    drawn = [draw(rng, *kind, least=1) for kind in kinds]  # zeros divide nothing
    both = list(zip(traced.arguments, drawn, strict=True))
    weights = {what.index: array for what, array in both if isinstance(what, Parameter)}
    return Computed(
        content=skeleton_of(traced, weights).content,
        inputs=tuple(array for what, array in both if isinstance(what, InputArgument)),
        outputs=tuple(interpret(before, drawn)),
    )


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
