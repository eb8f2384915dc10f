"""Legalize products with a weight to fully connected layers, with the weight as they read it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs

from litert_ir.stablehlo.mlir.dimension_numbers import DotDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integers,
    is_static,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape, transpose
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.weights.simplify import reshaped, transposed


@pattern("stablehlo.dot")
def generalize_dot(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize ``dot`` as ``dot_general``, so that the other patterns know one form.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) -> tensor<2x4xf32> {
          %0 = stablehlo.dot %x, %y : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
          return %0 : tensor<2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) -> tensor<2x4xf32> {
          %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<2x3xf32>,
              tensor<3x4xf32>) -> tensor<2x4xf32>
          return %0 : tensor<2x4xf32>
        }
    """
    left = len(shape_of(op.operands[0]))
    dimensions = DotDimensions(lhs_contracting=(left - 1,), rhs_contracting=(0,))
    return rewriter.replace(op, _dot_general(op, op.operands, dimensions, rewriter))


def _dot_general(
    op: Operation, operands: Iterable[Value], dimensions: DotDimensions, rewriter: Rewriter
) -> Value:
    attributes = {"dot_dimension_numbers": dimensions.attribute()}
    return rewriter.op("stablehlo.dot_general", operands, op.results[0].type, attributes)


@pattern("stablehlo.dot_general")
def unbatch_weight(op: Operation, rewriter: Rewriter) -> bool:
    """Drop the batching dimensions of a product with a weight that is broadcast over them.

    Before:
        func.func @main(%x: tensor<2x5x3xf32>, %w: tensor<3x4xf32> {litert_ir.weight = "kernel"})
            -> tensor<2x5x4xf32> {
          %0 = stablehlo.broadcast_in_dim %w, dims = [1, 2] : (tensor<3x4xf32>) -> tensor<2x3x4xf32>
          %1 = stablehlo.dot_general %x, %0, batching_dims = [0] x [0], contracting_dims = [2] x [1]
              : (tensor<2x5x3xf32>, tensor<2x3x4xf32>) -> tensor<2x5x4xf32>
          return %1 : tensor<2x5x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x5x3xf32>) -> tensor<2x5x4xf32> {
          %0 = "litert_ir.weight"() {value = "kernel"} : () -> tensor<3x4xf32>
          %1 = stablehlo.dot_general %x, %0, contracting_dims = [2] x [0] : (tensor<2x5x3xf32>,
              tensor<3x4xf32>) -> tensor<2x5x4xf32>
          return %1 : tensor<2x5x4xf32>
        }
    """
    dimensions = DotDimensions.of(op)
    count = len(dimensions.rhs_batching)
    leading = tuple(range(count))
    if not count or (dimensions.lhs_batching, dimensions.rhs_batching) != (leading, leading):
        return False
    weight = _without_repetition(op.operands[1], count, rewriter)
    if weight is None:
        return False
    unbatched = DotDimensions(
        lhs_contracting=dimensions.lhs_contracting,
        rhs_contracting=tuple(axis - count for axis in dimensions.rhs_contracting),
    )
    return rewriter.replace(op, _dot_general(op, [op.operands[0], weight], unbatched, rewriter))


def _without_repetition(value: Value, count: int, rewriter: Rewriter) -> Value | None:
    """Return the weight that a value repeats along its first ``count`` dimensions, if any."""
    shape = shape_of(value)
    expr = rewriter.expr(value)
    if expr is not None and shape[:count] == (1,) * count:
        return rewriter.weight(reshaped(expr, shape[count:]))
    op = producer(value)
    if op is None or op.name != "stablehlo.broadcast_in_dim":
        return None
    source = op.operands[0]
    expr = rewriter.expr(source)
    own, dimensions = shape_of(source), integers(op, "broadcast_dimensions")
    kept = tuple(range(count, len(shape)))
    if expr is None or dimensions[-len(kept) :] != kept or own[-len(kept) :] != shape[count:]:
        return None
    return rewriter.weight(reshaped(expr, shape[count:])) if _ones(own[: -len(kept)]) else None


def _ones(sizes: Sequence[int]) -> bool:
    return all(size == 1 for size in sizes)


@pattern(
    "stablehlo.dot_general",
    before={"squeeze_product": "The layer of a batch of one would stand between reshapes."},
)
def fully_connect(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a product with a weight to `tfl.fully_connected`, stored as ``[out, in]``.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32> {litert_ir.weight = "kernel"})
            -> tensor<2x4xf32> {
          %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<2x3xf32>,
              tensor<3x4xf32>) -> tensor<2x4xf32>
          return %0 : tensor<2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
          %0 = "litert_ir.weight"() {value = "transpose(kernel, [1, 0])"} : () -> tensor<4x3xf32>
          %1 = "tfl.no_value"() <{value}> : () -> none
          %2 = "tfl.fully_connected"(%x, %0, %1) <{asymmetric_quantize_inputs = false,
              fused_activation_function = "NONE", keep_num_dims = false,
              weights_format = "DEFAULT"}> : (tensor<2x3xf32>, tensor<4x3xf32>, none)
              -> tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    Transposes and reshapes of the weight are computed when the file is written.
    """
    dimensions = DotDimensions.of(op)
    sides = [rewriter.expr(operand) for operand in op.operands]
    if dimensions.lhs_batching or not is_static(op.results[0]) or all(sides):
        return False
    if dtype_of(op.results[0]) != "float32" or dtype_of(op.operands[0]) != "float32":
        return False
    left, right = dimensions.lhs_contracting, dimensions.rhs_contracting
    if sides[1] is not None:
        return rewriter.replace(op, _Product(op.operands[0], left, sides[1], right).emit(rewriter))
    if sides[0] is None:
        return False
    product = _Product(op.operands[1], right, sides[0], left)
    count, rank = len(product.free), len(shape_of(op.results[0]))
    order = (*range(count, rank), *range(count))
    return rewriter.replace(op, transpose(product.emit(rewriter), order, rewriter))


@attrs.frozen
class _Product:
    """An activation times a weight; gives ``[activation's free..., weight's free...]``."""

    value: Value
    contracting: tuple[int, ...]
    weight: WeightExpr
    weight_contracting: tuple[int, ...]

    @property
    def free(self) -> tuple[int, ...]:
        rank = len(shape_of(self.value))
        return tuple(axis for axis in range(rank) if axis not in self.contracting)

    @property
    def weight_free(self) -> tuple[int, ...]:
        rank = len(self.weight.shape)
        return tuple(axis for axis in range(rank) if axis not in self.weight_contracting)

    def emit(self, rewriter: Rewriter) -> Value:
        shape = shape_of(self.value)
        sizes = tuple(shape[axis] for axis in self.free)
        depth = math.prod(shape[axis] for axis in self.contracting)
        weight_sizes = tuple(self.weight.shape[axis] for axis in self.weight_free)
        units = math.prod(weight_sizes)
        value = transpose(self.value, (*self.free, *self.contracting), rewriter)
        value = reshape(value, (*sizes, depth), rewriter)
        oriented = transposed(self.weight, (*self.weight_free, *self.weight_contracting))
        weight = rewriter.weight(reshaped(oriented, (units, depth)))
        result = fully_connected(value, weight, units, rewriter)
        return reshape(result, (*sizes, *weight_sizes), rewriter)


def fully_connected(value: Value, weight: Value, units: int, rewriter: Rewriter) -> Value:
    """`tfl.fully_connected` without bias, on the last dimension of a value of any rank."""
    shape = shape_of(value)
    leading = shape[:-1]
    flat = value if leading else reshape(value, (1, shape[-1]), rewriter)
    kind = tensor_type((*(leading or (1,)), units), dtype_of(value))
    attributes = {
        "asymmetric_quantize_inputs": False,
        "fused_activation_function": "NONE",
        "keep_num_dims": len(leading) > 1,
        "weights_format": "DEFAULT",
    }
    operands = [flat, weight, rewriter.no_value()]
    result = rewriter.op("tfl.fully_connected", operands, kind, attributes)
    return result if leading else reshape(result, (units,), rewriter)
