"""Lower Einstein sums to general products, and products without a sum to multiplications."""

from __future__ import annotations

import string
from collections.abc import Sequence

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.dimension_numbers import DotDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Type, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    shape_of,
    shape_of_type,
    tensor_type,
    text,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reduce_add, reshape, transpose

_ELLIPSIS = "..."


@attrs.frozen
class _Labelled:
    """A value with a letter for each dimension."""

    value: Value
    labels: str

    def sizes(self) -> dict[str, int]:
        return dict(zip(self.labels, shape_of(self.value), strict=True))

    def summed(self, kept: set[str], rewriter: Rewriter) -> _Labelled:
        """The value summed over the dimensions of other labels."""
        axes = [axis for axis, label in enumerate(self.labels) if label not in kept]
        labels = "".join(label for label in self.labels if label in kept)
        return _Labelled(reduce_add(self.value, axes, rewriter), labels)

    def axes(self, labels: str) -> tuple[int, ...]:
        return tuple(map(self.labels.index, labels))


@pattern("stablehlo.einsum")
def generalize_einsum(op: Operation, rewriter: Rewriter) -> bool:
    """Lower an Einstein sum to `stablehlo.dot_general` and a transpose.

    Before:
        func.func @main(%q: tensor<2x3x1x4xf32>, %k: tensor<2x5x1x4xf32>) -> tensor<2x1x3x5xf32> {
          %0 = stablehlo.einsum %q, %k, config = "btnh,bsnh->bnts" : (tensor<2x3x1x4xf32>,
              tensor<2x5x1x4xf32>) -> tensor<2x1x3x5xf32>
          return %0 : tensor<2x1x3x5xf32>
        }

    After:
        func.func @main(%q: tensor<2x3x1x4xf32>, %k: tensor<2x5x1x4xf32>) -> tensor<2x1x3x5xf32> {
          %0 = stablehlo.dot_general %q, %k, batching_dims = [0, 2] x [0, 2],
              contracting_dims = [3] x [3] : (tensor<2x3x1x4xf32>, tensor<2x5x1x4xf32>)
              -> tensor<2x1x3x5xf32>
          return %0 : tensor<2x1x3x5xf32>
        }

    What one operand has alone, and the result lacks, is summed up in front.
    """
    operands, result = _labelled(op)
    if not is_static(op.results[0]) or any(_repeats(item.labels) for item in operands):
        return False
    left, right = _in_order(operands[0], operands[1], result)
    wanted = set(result)
    left, right = (
        left.summed(wanted | set(right.labels), rewriter),
        right.summed(wanted | set(left.labels), rewriter),
    )
    product = _product(left, right, result, rewriter)
    return rewriter.replace(op, transpose(product.value, product.axes(result), rewriter))


def _labelled(op: Operation) -> tuple[list[_Labelled], str]:
    """The operands and the result's labels, with letters in the place of an ellipsis."""
    inputs, result = text(op, "einsum_config").replace(" ", "").split("->")
    equations = inputs.split(",")
    free = [letter for letter in string.ascii_letters if letter not in inputs]
    ranks = [len(shape_of(operand)) for operand in op.operands]
    named = [len(equation.replace(_ELLIPSIS, "")) for equation in equations]
    longest = max(rank - count for rank, count in zip(ranks, named, strict=True))
    letters = "".join(free[:longest])
    operands = [
        _Labelled(operand, equation.replace(_ELLIPSIS, letters[len(letters) - rank + count :]))
        for operand, equation, rank, count in zip(op.operands, equations, ranks, named, strict=True)
    ]
    return operands, result.replace(_ELLIPSIS, letters)


def _repeats(labels: str) -> bool:
    return len(set(labels)) < len(labels)


def _in_order(left: _Labelled, right: _Labelled, result: str) -> tuple[_Labelled, _Labelled]:
    """The operands, first the one whose own dimensions come first in the result."""
    own = [label for label in result if (label in left.labels) != (label in right.labels)]
    return (right, left) if own and own[0] in right.labels else (left, right)


def _product(left: _Labelled, right: _Labelled, result: str, rewriter: Rewriter) -> _Labelled:
    both = [label for label in left.labels if label in right.labels]
    batch = "".join(label for label in result if label in both)
    summed = "".join(label for label in both if label not in result)
    dimensions = DotDimensions(
        lhs_batching=left.axes(batch),
        rhs_batching=right.axes(batch),
        lhs_contracting=left.axes(summed),
        rhs_contracting=right.axes(summed),
    )
    free = [label for item in (left, right) for label in item.labels if label not in both]
    labels = batch + "".join(free)
    sizes = {**left.sizes(), **right.sizes()}
    kind = tensor_type([sizes[label] for label in labels], dtype_of(left.value))
    attributes = {"dot_dimension_numbers": dimensions.attribute()}
    operands = [left.value, right.value]
    return _Labelled(rewriter.op("stablehlo.dot_general", operands, kind, attributes), labels)


@pattern("stablehlo.dot_general")
def multiply_without_sum(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a product without contracting dimensions to a multiplication of broadcast operands.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x3x4xf32> {
          %0 = "stablehlo.dot_general"(%x, %y)
              {dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0],
              rhs_batching_dimensions = [0], lhs_contracting_dimensions = [],
              rhs_contracting_dimensions = []>} : (tensor<2x3xf32>, tensor<2x4xf32>)
              -> tensor<2x3x4xf32>
          return %0 : tensor<2x3x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x3x4xf32> {
          %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [0, 1, 2] : (tensor<2x3x1xf32>)
              -> tensor<2x3x4xf32>
          %2 = stablehlo.reshape %y : (tensor<2x4xf32>) -> tensor<2x1x4xf32>
          %3 = stablehlo.broadcast_in_dim %2, dims = [0, 1, 2] : (tensor<2x1x4xf32>)
              -> tensor<2x3x4xf32>
          %4 = stablehlo.multiply %1, %3 : tensor<2x3x4xf32>
          return %4 : tensor<2x3x4xf32>
        }
    """
    dimensions = DotDimensions.of(op)
    if dimensions.lhs_contracting or not is_static(op.results[0]):
        return False
    batch = len(dimensions.lhs_batching)
    rank = len(shape_of(op.results[0]))
    left_rank = len(shape_of(op.operands[0]))
    kind = op.results[0].type
    sides = [
        _spread(op.operands[0], dimensions.lhs_batching, range(batch, left_rank), kind, rewriter),
        _spread(op.operands[1], dimensions.rhs_batching, range(left_rank, rank), kind, rewriter),
    ]
    return rewriter.replace(op, rewriter.op("stablehlo.multiply", sides, kind))


def _spread(
    value: Value, batching: Sequence[int], places: Sequence[int], kind: Type, rewriter: Rewriter
) -> Value:
    """A value in the shape of the product: its batch first, its own dimensions at their places."""
    free = [axis for axis in range(len(shape_of(value))) if axis not in batching]
    value = transpose(value, (*batching, *free), rewriter)
    ones = np.ones(len(shape_of_type(kind)), np.int64)
    where = [*range(len(batching)), *places]
    ones[where] = shape_of(value)
    value = reshape(value, ones.tolist(), rewriter)
    attributes = {"broadcast_dimensions": tuple(range(len(ones)))}
    return rewriter.op("stablehlo.broadcast_in_dim", [value], kind, attributes)
