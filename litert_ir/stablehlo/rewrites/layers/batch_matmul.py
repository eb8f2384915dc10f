"""Squeeze and merge the dimensions of products of activations."""

from __future__ import annotations

import math
from collections.abc import Sequence

from litert_ir.stablehlo.mlir.dimension_numbers import DotDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
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
def squeeze_product(op: Operation, rewriter: Rewriter) -> bool:
    """Squeeze dimensions of size 1 out of a batched product.

    Before:
        func.func @main(%q: tensor<2x3x1x4xf32>, %k: tensor<2x3x4xf32>) -> tensor<2x3x1x3xf32> {
          %0 = stablehlo.dot_general %q, %k, batching_dims = [0] x [0], contracting_dims = [3] x [2]
              : (tensor<2x3x1x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x1x3xf32>
          return %0 : tensor<2x3x1x3xf32>
        }

    After:
        func.func @main(%q: tensor<2x3x1x4xf32>, %k: tensor<2x3x4xf32>) -> tensor<2x3x1x3xf32> {
          %0 = stablehlo.reshape %q : (tensor<2x3x1x4xf32>) -> tensor<2x3x4xf32>
          %1 = stablehlo.dot_general %0, %k, batching_dims = [0] x [0], contracting_dims = [2] x [2]
              : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x3xf32>
          %2 = stablehlo.reshape %1 : (tensor<2x3x3xf32>) -> tensor<2x3x1x3xf32>
          return %2 : tensor<2x3x1x3xf32>
        }
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
def merge_contractions(op: Operation, rewriter: Rewriter) -> bool:
    """Merge the contracting dimensions of a product of two activations into one.

    Before:
        func.func @main(%x: tensor<3x2x4xf32>, %y: tensor<5x4x3xf32>) -> tensor<2x5xf32> {
          %0 = stablehlo.dot_general %x, %y, contracting_dims = [2, 0] x [1, 2]
              : (tensor<3x2x4xf32>, tensor<5x4x3xf32>) -> tensor<2x5xf32>
          return %0 : tensor<2x5xf32>
        }

    After:
        func.func @main(%x: tensor<3x2x4xf32>, %y: tensor<5x4x3xf32>) -> tensor<2x5xf32> {
          %0 = stablehlo.transpose %x, dims = [1, 2, 0] : (tensor<3x2x4xf32>) -> tensor<2x4x3xf32>
          %1 = stablehlo.reshape %0 : (tensor<2x4x3xf32>) -> tensor<2x12xf32>
          %2 = stablehlo.reshape %y : (tensor<5x4x3xf32>) -> tensor<5x12xf32>
          %3 = stablehlo.dot_general %1, %2, contracting_dims = [1] x [1] : (tensor<2x12xf32>,
              tensor<5x12xf32>) -> tensor<2x5xf32>
          return %3 : tensor<2x5xf32>
        }

    LiteRT's converter would pair several of them in the wrong order.
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
    value: Value, batching: Sequence[int], contracting: Sequence[int], rewriter: Rewriter
) -> Value:
    """A value with its batch first, and all that is summed over in one last dimension."""
    rank = len(shape_of(value))
    free = [axis for axis in range(rank) if axis not in (*batching, *contracting)]
    turned = transpose(value, (*batching, *free, *contracting), rewriter)
    kept = shape_of(turned)[: rank - len(contracting)]
    summed = math.prod(shape_of(value)[axis] for axis in contracting)
    return reshape(turned, (*kept, summed), rewriter)


def _product(values: Sequence[Value], dimensions: DotDimensions, rewriter: Rewriter) -> Value:
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
