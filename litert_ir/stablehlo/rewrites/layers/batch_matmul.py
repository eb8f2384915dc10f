"""Products of activations get as few dimensions as they need."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from litert_ir.stablehlo.mlir.dimensions import DotDimensions
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape, transpose


@pattern("stablehlo.dot_general")
def squeeze_product(op: Any, rewriter: Rewriter) -> bool:
    """Dimensions of size 1 are left out of a product.

    Before: ``dot_general %q, %k, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3]``
    of ``[2, 6, 2, 1, 4]`` and ``[2, 6, 2, 4]``
    After: the same of ``[2, 6, 2, 4]`` and ``[2, 6, 2, 4]``, between reshapes.
    """
    if not is_static(op.results[0]):
        return False
    dimensions = DotDimensions.of(op)
    sides = (
        (op.operands[0], dimensions.lhs_batching, dimensions.lhs_contracting),
        (op.operands[1], dimensions.rhs_batching, dimensions.rhs_contracting),
    )
    if all(1 not in shape_of(value) for value, _, _ in sides):
        return False
    if all(shape_of(op.operands[0])[axis] == 1 for axis in dimensions.lhs_contracting):
        return False
    values, axes = [], []
    for value, batching, contracting in sides:
        shape = shape_of(value)
        wide = [axis for axis, size in enumerate(shape) if size != 1]
        values.append(reshape(value, [shape[axis] for axis in wide], rewriter))
        axes.append(
            [tuple(wide.index(a) for a in group if a in wide) for group in (batching, contracting)]
        )
    squeezed = DotDimensions(
        lhs_batching=axes[0][0],
        rhs_batching=axes[1][0],
        lhs_contracting=axes[0][1],
        rhs_contracting=axes[1][1],
    )
    product = _product(values, squeezed, rewriter)
    return rewriter.replace(op, reshape(product, shape_of(op.results[0]), rewriter))


@pattern("stablehlo.dot_general")
def merge_contractions(op: Any, rewriter: Rewriter) -> bool:
    """A product of activations that sums over several dimensions sums over one.

    Before: ``dot_general %x, %y, contracting_dims = [2, 0] x [1, 2]``
    After: ``dot_general`` of both with these dimensions last and as one: LiteRT's converter
    would pair them in the wrong order.
    """
    dimensions = DotDimensions.of(op)
    is_weight = [rewriter.expr(operand) is not None for operand in op.operands]
    if len(dimensions.lhs_contracting) < 2 or any(is_weight) or not is_static(op.results[0]):
        return False
    count = len(dimensions.lhs_batching)
    left = _flat(op.operands[0], dimensions.lhs_batching, dimensions.lhs_contracting, rewriter)
    right = _flat(op.operands[1], dimensions.rhs_batching, dimensions.rhs_contracting, rewriter)
    batching = tuple(range(count))
    merged = DotDimensions(
        lhs_batching=batching,
        rhs_batching=batching,
        lhs_contracting=(len(shape_of(left)) - 1,),
        rhs_contracting=(len(shape_of(right)) - 1,),
    )
    return rewriter.replace(op, _product([left, right], merged, rewriter))


def _flat(
    value: Any, batching: Sequence[int], contracting: Sequence[int], rewriter: Rewriter
) -> Any:
    """A value with its batch first, and all that is summed over in one last dimension."""
    rank = len(shape_of(value))
    free = [axis for axis in range(rank) if axis not in (*batching, *contracting)]
    turned = transpose(value, (*batching, *free, *contracting), rewriter)
    kept = shape_of(turned)[: rank - len(contracting)]
    summed = math.prod(shape_of(value)[axis] for axis in contracting)
    return reshape(turned, (*kept, summed), rewriter)


def _product(values: Sequence[Any], dimensions: DotDimensions, rewriter: Rewriter) -> Any:
    left, right = values
    batch = [shape_of(left)[axis] for axis in dimensions.lhs_batching]
    taken = (
        {*dimensions.lhs_batching, *dimensions.lhs_contracting},
        {*dimensions.rhs_batching, *dimensions.rhs_contracting},
    )
    free = [
        size
        for value, axes in zip(values, taken, strict=True)
        for axis, size in enumerate(shape_of(value))
        if axis not in axes
    ]
    kind = tensor_type((*batch, *free), dtype_of(left))
    attributes = {"dot_dimension_numbers": dimensions.attribute()}
    return rewriter.op("stablehlo.dot_general", [left, right], kind, attributes)
