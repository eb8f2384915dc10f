"""Merge gathers at constant positions, so that they do not depend on the batch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.dimension_numbers import GatherDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integer,
    integers,
    is_static,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape, transpose


@pattern("stablehlo.gather")
def merge_positions(op: Operation, rewriter: Rewriter) -> bool:
    """Merge known positions in several dimensions into positions in their product.

    Before:
        func.func @main(%x: tensor<1x2x2xf32>) -> tensor<1x2xf32> {
          %i = stablehlo.constant dense<[[0, 1], [1, 0]]> : tensor<2x2xi32>
          %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [0],
              collapsed_slice_dims = [1, 2], start_index_map = [1, 2], index_vector_dim = 1>,
              indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1>}> : (tensor<1x2x2xf32>,
              tensor<2x2xi32>) -> tensor<1x2xf32>
          return %0 : tensor<1x2xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2xf32>) -> tensor<1x2xf32> {
          %0 = stablehlo.reshape %x : (tensor<1x2x2xf32>) -> tensor<1x4xf32>
          %c = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
          %1 = "tfl.gather"(%0, %c) <{axis = 1 : i32, batch_dims = 0 : i32}> : (tensor<1x4xf32>,
              tensor<2xi32>) -> tensor<1x2xf32>
          return %1 : tensor<1x2xf32>
        }
    """
    dimensions, (value, indices) = GatherDimensions.of(op), op.operands
    places = dimensions.start_index_map
    known = rewriter.known_array(indices) if is_static(op.results[0]) else None
    if known is None or len(places) < 2 or not _is_of_elements(op, dimensions):
        return False
    first, shape = places[0], shape_of(value)
    merged = shape[first : first + len(places)]
    vectors = np.moveaxis(known, dimensions.index_vector_dim, 0)
    rows = np.ravel_multi_index(tuple(vectors), merged, mode="clip")
    before, after = shape[:first], shape[first + len(places) :]
    flat = reshape(value, (*before, math.prod(merged), *after), rewriter)
    taken = _gathered(flat, np.asarray(rows), first, rewriter)
    order = _order(op, dimensions, first, np.ndim(rows))
    return rewriter.replace(op, transpose(taken, order, rewriter))


def _is_of_elements(op: Operation, dimensions: GatherDimensions) -> bool:
    """Tell whether single elements are taken along neighbors behind the first, all along others."""
    places = dimensions.start_index_map
    shape, sizes = shape_of(op.operands[0]), integers(op, "slice_sizes")
    whole = all(
        size == full
        for at, (size, full) in enumerate(zip(sizes, shape, strict=True))
        if at not in places
    )
    return (
        whole
        and places[0] > 0
        and places == tuple(range(places[0], places[0] + len(places)))
        and dimensions.collapsed_slice_dims == places
        and not dimensions.operand_batching_dims
        and dimensions.index_vector_dim < len(shape_of(op.operands[1]))
    )


def _order(op: Operation, dimensions: GatherDimensions, first: int, count: int) -> list[int]:
    """Return each result dimension's position in a gather with ``count`` rows at ``first``."""
    rank = len(shape_of(op.results[0]))
    taken = iter(range(first, first + count))
    whole = iter([*range(first), *range(first + count, rank)])
    return [next(whole if at in dimensions.offset_dims else taken) for at in range(rank)]


@pattern("tfl.gather")
def merge_repeated_gathers(op: Operation, rewriter: Rewriter) -> bool:
    """Merge gathers of the same positions in each part of a dimension into one along the parts.

    With: merge_reshapes

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<4xf32> {
          %i = stablehlo.constant dense<[0, 2, 3, 5]> : tensor<4xi32>
          %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<6xf32>
          %1 = "tfl.gather"(%0, %i) {axis = 0 : i32, batch_dims = 0 : i32} : (tensor<6xf32>,
              tensor<4xi32>) -> tensor<4xf32>
          return %1 : tensor<4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<4xf32> {
          %c = stablehlo.constant dense<[0, 2]> : tensor<2xi32>
          %0 = "tfl.gather"(%x, %c) <{axis = 1 : i32, batch_dims = 0 : i32}> : (tensor<2x3xf32>,
              tensor<2xi32>) -> tensor<2x2xf32>
          %1 = stablehlo.reshape %0 : (tensor<2x2xf32>) -> tensor<4xf32>
          return %1 : tensor<4xf32>
        }
    """
    value, indices = op.operands
    maker, known = producer(value), rewriter.known_array(indices)
    if maker is None or maker.name != "stablehlo.reshape" or known is None or known.ndim != 1:
        return False
    if integer(op, "axis") or integer(op, "batch_dims") or not shape_of(maker.operands[0]):
        return False
    parts, (size, *rest) = shape_of(maker.operands[0])[0], shape_of(value)
    if not 1 < parts < size or size % parts or len(known) % parts:
        return False
    length = size // parts
    positions = known.reshape(parts, -1) - np.arange(0, size, length)[:, None]
    own = positions[0]
    if np.any(positions != own) or np.any(own < 0) or np.any(own >= length):
        return False
    taken = _gathered(reshape(value, (parts, length, *rest), rewriter), own, 1, rewriter)
    return rewriter.replace(op, reshape(taken, shape_of(op.results[0]), rewriter))


def _gathered(value: Value, positions: NDArray[Any], axis: int, rewriter: Rewriter) -> Value:
    """The elements at known positions along an axis."""
    shape = shape_of(value)
    kind = tensor_type((*shape[:axis], *positions.shape, *shape[axis + 1 :]), dtype_of(value))
    operands = [value, rewriter.constant(positions.astype(np.int32))]
    return rewriter.op("tfl.gather", operands, kind, {"axis": axis, "batch_dims": 0})
