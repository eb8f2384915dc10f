"""Give a traced module with dynamic dimensions the shapes of points."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.stablehlo.mlir.bindings import copied, mlir_context, parse, printed
from litert_ir.stablehlo.mlir.functions import block_of, declare_type, main_of
from litert_ir.stablehlo.mlir.interfaces import Module, Value
from litert_ir.stablehlo.mlir.values import dynamic_axes, with_sizes
from litert_ir.stablehlo.trace.modules.category_counts import count_by_one_hot
from litert_ir.stablehlo.trace.modules.hidden_positions import hide_from_folding
from litert_ir.stablehlo.trace.modules.named_identities import name_identities

Shapes = Sequence[tuple[int, ...] | None]
"""One for each argument; None leaves it as it is."""


def specialized(module: str, points: Sequence[Shapes]) -> tuple[str, ...]:
    """See `litert_ir.stablehlo.child_steps.specialize`."""
    with mlir_context():
        parsed = parse(module)
        name_identities(parsed)
        return tuple(_specialized(parsed, shapes) for shapes in points)


def _specialized(parsed: Module, shapes: Shapes) -> str:
    module = copied(parsed)
    main = main_of(module)
    block = block_of(main)
    shaped = [
        argument
        for argument, shape in zip(list(block.arguments), shapes, strict=True)
        if shape is not None
    ]
    varies = any(map(_varies_beside_batch, shaped))
    for argument, shape in zip(list(block.arguments), shapes, strict=True):
        if shape is not None:
            argument.set_type(with_sizes(argument.type, shape))
    hide_from_folding(main, with_positions=varies)
    declare_type(main)
    count_by_one_hot(module)
    return printed(module)


def _varies_beside_batch(argument: Value) -> bool:
    """Tell whether an argument was traced with a dynamic dimension other than its first."""
    return any(axis > 0 for axis in dynamic_axes(argument))
