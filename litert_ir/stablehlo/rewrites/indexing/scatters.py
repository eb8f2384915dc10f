"""Legalize scatters: segment sums, minima, maxima and products, and rows that replace others."""

from __future__ import annotations

import math

import numpy as np

from litert_ir.stablehlo.mlir.creation import int64
from litert_ir.stablehlo.mlir.dimension_numbers import ScatterDimensions
from litert_ir.stablehlo.mlir.functions import terminator
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    reducer_of,
    shape_of,
    tensor_type,
    text,
)
from litert_ir.stablehlo.rewrites.engine.index_types import in_int32
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import (
    broadcast,
    compare,
    reduce_add,
    reshape,
)


@pattern("stablehlo.scatter")
def scatter_sums(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a scatter that adds slices to `tfl.scatter_nd`.

    Before:
        func.func @main(%u: tensor<3x2xf32>) -> tensor<4x2xf32> {
          %zeros = stablehlo.constant dense<0.0> : tensor<4x2xf32>
          %i = stablehlo.constant dense<[[0], [2], [2]]> : tensor<3x1xi32>
          %0 = "stablehlo.scatter"(%zeros, %i, %u)
              <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1],
              inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
              indices_are_sorted = false, unique_indices = false}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.add %a, %b : tensor<f32>
              stablehlo.return %1 : tensor<f32>
          }) : (tensor<4x2xf32>, tensor<3x1xi32>, tensor<3x2xf32>) -> tensor<4x2xf32>
          return %0 : tensor<4x2xf32>
        }

    After:
        func.func @main(%u: tensor<3x2xf32>) -> tensor<4x2xf32> {
          %c = stablehlo.constant dense<[[0], [2], [2]]> : tensor<3x1xi32>
          %c_0 = stablehlo.constant dense<[4, 2]> : tensor<2xi32>
          %0 = "tfl.scatter_nd"(%c, %u, %c_0) : (tensor<3x1xi32>, tensor<3x2xf32>, tensor<2xi32>)
              -> tensor<4x2xf32>
          return %0 : tensor<4x2xf32>
        }

    The indices are those of the leading dimensions. What is not zero is added to. What an index
    outside of a dimension drops goes to a row behind the last, which is cut off.
    """
    if _reducer(op) != "stablehlo.add":
        return False
    value, _, updates = op.operands
    indices = _leading_indices(op, rewriter)
    if indices is None:
        return False
    shape, kind = shape_of(value), op.results[0].type
    sizes, rest = shape[: shape_of(indices)[-1]], shape[shape_of(indices)[-1] :]
    if _is_inside(op.operands[1], sizes, rewriter):
        total = _scattered(indices, updates, shape, rewriter)
    else:
        rows = math.prod(sizes)
        numbers = _row_numbers(indices, sizes, rows, rewriter)
        longer = _scattered(numbers, updates, (rows + 1, *rest), rewriter)
        total = reshape(_first_rows(longer, rows, rewriter), shape, rewriter)
    if rewriter.splat(value) != 0.0:
        total = rewriter.op("stablehlo.add", [value, total], kind)
    return rewriter.replace(op, total)


_SEGMENTS = {
    "stablehlo.maximum": "tfl.unsorted_segment_max",
    "stablehlo.minimum": "tfl.unsorted_segment_min",
    "stablehlo.multiply": "tfl.unsorted_segment_prod",
}
"""LiteRT's ops, by the combiner of two slices."""
_INFINITE = {"stablehlo.maximum": -np.inf, "stablehlo.minimum": np.inf}
"""The results of JAX' minimum and maximum over no elements."""


@pattern("stablehlo.scatter")
def reduce_segments(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a scatter of extremes or products to `tfl.unsorted_segment_max` and its relatives.

    Before:
        func.func @main(%x: tensor<4x2xf32>, %u: tensor<3x2xf32>) -> tensor<4x2xf32> {
          %i = stablehlo.constant dense<[[0], [2], [2]]> : tensor<3x1xi32>
          %0 = "stablehlo.scatter"(%x, %i, %u)
              <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1],
              inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
              indices_are_sorted = false, unique_indices = false}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.maximum %a, %b : tensor<f32>
              stablehlo.return %1 : tensor<f32>
          }) : (tensor<4x2xf32>, tensor<3x1xi32>, tensor<3x2xf32>) -> tensor<4x2xf32>
          return %0 : tensor<4x2xf32>
        }

    After:
        func.func @main(%x: tensor<4x2xf32>, %u: tensor<3x2xf32>) -> tensor<4x2xf32> {
          %c = stablehlo.constant dense<[[0], [2], [2]]> : tensor<3x1xi32>
          %0 = stablehlo.reshape %c : (tensor<3x1xi32>) -> tensor<3xi32>
          %c_0 = stablehlo.constant dense<4> : tensor<i32>
          %1 = "tfl.unsorted_segment_max"(%u, %0, %c_0) : (tensor<3x2xf32>, tensor<3xi32>,
              tensor<i32>) -> tensor<4x2xf32>
          %2 = stablehlo.maximum %x, %1 : tensor<4x2xf32>
          return %2 : tensor<4x2xf32>
        }

    The indices are those of the leading dimensions. What an index outside of a dimension drops has
    the row -1.
    """
    reducer = _reducer(op)
    value, _, updates = list(op.operands)[:3]
    if reducer not in _SEGMENTS or dtype_of(value) not in ("float32", "int32"):
        return False
    indices = _leading_indices(op, rewriter)
    if indices is None:
        return False
    places = shape_of(indices)[-1]
    sizes, rest = shape_of(value)[:places], shape_of(value)[places:]
    if places > 1 or not _is_inside(op.operands[1], sizes, rewriter):
        indices = _row_numbers(indices, sizes, -1, rewriter)
    numbers = reshape(indices, shape_of(indices)[:-1], rewriter)
    count = rewriter.constant(np.array(math.prod(sizes), np.int32))
    kind = tensor_type((math.prod(sizes), *rest), dtype_of(value))
    made = rewriter.op(_SEGMENTS[reducer], [updates, numbers, count], kind)
    result = reshape(made, shape_of(value), rewriter)
    return rewriter.replace(op, _with_initial(value, reducer, result, rewriter))


_NAMED = {
    "tf.UnsortedSegmentMax": "tfl.unsorted_segment_max",
    "tf.UnsortedSegmentMin": "tfl.unsorted_segment_min",
    "tf.UnsortedSegmentProd": "tfl.unsorted_segment_prod",
    "tf.UnsortedSegmentSum": "tfl.unsorted_segment_sum",
}


@pattern(*_NAMED)
def name_segments(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.UnsortedSegmentSum`` and its relatives, with numbers of int32.

    Before:
        func.func @main(%x: tensor<3x2xf32>, %ids: tensor<3xi32>) -> tensor<4x2xf32> {
          %count = stablehlo.constant dense<4> : tensor<i32>
          %0 = stablehlo.custom_call @tf.UnsortedSegmentSum(%x, %ids, %count) : (tensor<3x2xf32>,
              tensor<3xi32>, tensor<i32>) -> tensor<4x2xf32>
          return %0 : tensor<4x2xf32>
        }

    After:
        func.func @main(%x: tensor<3x2xf32>, %ids: tensor<3xi32>) -> tensor<4x2xf32> {
          %c = stablehlo.constant dense<4> : tensor<i32>
          %0 = "tfl.unsorted_segment_sum"(%x, %ids, %c) : (tensor<3x2xf32>, tensor<3xi32>,
              tensor<i32>) -> tensor<4x2xf32>
          return %0 : tensor<4x2xf32>
        }

    Negative numbers of segments drop what they stand for, in both.
    """
    value, ids, count = op.operands
    segments = rewriter.array(count)
    if segments is None:
        return False
    numbers = in_int32(ids, (int(segments),), rewriter)
    if numbers is None:
        return False
    operands = [value, numbers, rewriter.constant(np.asarray(segments, np.int32))]
    name = _NAMED[text(op, "call_target_name")]
    return rewriter.replace(op, rewriter.op(name, operands, op.results[0].type))


@pattern("stablehlo.scatter")
def replace_rows(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a scatter that replaces slices at known places to a gather from both.

    Before:
        func.func @main(%x: tensor<4x2xf32>, %u: tensor<2x2xf32>) -> tensor<4x2xf32> {
          %i = stablehlo.constant dense<[[0], [2]]> : tensor<2x1xi32>
          %0 = "stablehlo.scatter"(%x, %i, %u)
              <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1],
              inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
              indices_are_sorted = false, unique_indices = false}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              stablehlo.return %b : tensor<f32>
          }) : (tensor<4x2xf32>, tensor<2x1xi32>, tensor<2x2xf32>) -> tensor<4x2xf32>
          return %0 : tensor<4x2xf32>
        }

    After:
        func.func @main(%x: tensor<4x2xf32>, %u: tensor<2x2xf32>) -> tensor<4x2xf32> {
          %0 = stablehlo.concatenate %u, %x, dim = 0 : (tensor<2x2xf32>, tensor<4x2xf32>)
              -> tensor<6x2xf32>
          %c = stablehlo.constant dense<[0, 3, 1, 5]> : tensor<4xi32>
          %1 = "tfl.gather"(%0, %c) <{axis = 0 : i32, batch_dims = 0 : i32}> : (tensor<6x2xf32>,
              tensor<4xi32>) -> tensor<4x2xf32>
          return %1 : tensor<4x2xf32>
        }

    The indices are those of the leading dimensions. Of two slices for one place the last one
    counts, and an index outside of a dimension drops its slice. Where sizes are dynamic, how many
    slices there are may be so, too, and with that the rows.
    """
    if len(op.results) != 1 or not is_static(op.results[0]) or not _returns_update(op):
        return False
    if rewriter.has_dynamic_batch or any(rewriter.varying.values()):
        return False
    value, known, updates = op.operands[0], rewriter.known_array(op.operands[1]), op.operands[2]
    indices = None if known is None else _leading_indices(op, rewriter)
    if indices is None or known is None:
        return False
    shape, places = shape_of(value), shape_of(indices)[-1]
    vectors, (sizes, rest) = known.reshape(-1, places), (shape[:places], shape[places:])
    count, rows = len(vectors), math.prod(sizes)
    inside = ((vectors >= 0) & (vectors < np.array(sizes))).all(axis=1)
    taken = np.arange(count, count + rows, dtype=np.int32)
    taken[np.ravel_multi_index(tuple(vectors[inside].T), sizes)] = np.flatnonzero(inside)
    parts = [reshape(updates, (count, *rest), rewriter), reshape(value, (rows, *rest), rewriter)]
    kind = tensor_type((count + rows, *rest), dtype_of(value))
    axis = int64(0)
    both = rewriter.op("stablehlo.concatenate", parts, kind, {"dimension": axis})
    result = tensor_type((rows, *rest), dtype_of(value))
    attributes = {"axis": 0, "batch_dims": 0}
    gathered = rewriter.op("tfl.gather", [both, rewriter.constant(taken)], result, attributes)
    return rewriter.replace(op, reshape(gathered, shape, rewriter))


def _returns_update(op: Operation) -> bool:
    """Tell whether a slice replaces the one in the operand."""
    block = op.regions[0].blocks[0]
    end = terminator(block)
    return bool(end.operands[0] == list(block.arguments)[1])


def _reducer(op: Operation) -> str | None:
    """Return the combiner of two slices, if there is one result of static shape."""
    return reducer_of(op) if len(op.results) == 1 and is_static(op.results[0]) else None


def _with_initial(value: Value, reducer: str, result: Value, rewriter: Rewriter) -> Value:
    """Combine LiteRT's result over segments with the initial values.

    For the maximum of an empty segment LiteRT gives the least finite number, where JAX gives
    infinity.
    """
    neutral = _of_none(reducer, dtype_of(value))
    initial = rewriter.splat(value)
    if initial == neutral:
        return result
    if initial == _INFINITE.get(reducer):
        nothing = compare(result, "EQ", rewriter.filled(result, neutral), rewriter)
        return rewriter.op("stablehlo.select", [nothing, value, result], value.type)
    return rewriter.op(reducer, [value, result], value.type)


def _of_none(reducer: str, dtype: str) -> float:
    """Return the result of LiteRT's op for an empty segment."""
    if reducer == "stablehlo.multiply":
        return 1.0
    limits = np.finfo(dtype) if dtype == "float32" else np.iinfo(dtype)
    return float(limits.min if reducer == "stablehlo.maximum" else limits.max)


def _leading_indices(op: Operation, rewriter: Rewriter) -> Value | None:
    """The indices of a scatter as vectors of int32 along the last dimension.

    Returns:
        None where they are no positions in the first dimensions, or no such numbers.
    """
    value, indices, updates = list(op.operands)[:3]
    dimensions = ScatterDimensions.of(op)
    shape = shape_of(indices)
    if dimensions.index_vector_dim == len(shape):
        shape = (*shape, 1)
    if not _is_leading(dimensions, value, shape, updates):
        return None
    narrow = in_int32(indices, shape_of(value)[: shape[-1]], rewriter)
    return None if narrow is None else reshape(narrow, shape, rewriter)


def _is_leading(
    dimensions: ScatterDimensions, value: Value, indices: tuple[int, ...], updates: Value
) -> bool:
    """Tell whether indices are vectors of positions in the first dimensions, and updates the rest.

    Args:
        dimensions: Of the scatter.
        value: The operand that is updated.
        indices: The shape of the vectors.
        updates: The updates.
    """
    rank, places = len(indices), indices[-1]
    leading = tuple(range(places))
    return (
        dimensions.index_vector_dim == rank - 1
        and dimensions.inserted_window_dims == leading
        and dimensions.scatter_dims_to_operand_dims == leading
        and dimensions.update_window_dims == tuple(range(rank - 1, len(shape_of(updates))))
        and shape_of(updates)[rank - 1 :] == shape_of(value)[places:]
        and not dimensions.input_batching_dims
    )


def _is_inside(indices: Value, sizes: tuple[int, ...], rewriter: Rewriter) -> bool:
    known = rewriter.known_array(indices)
    if known is None:
        return False
    vectors = known.reshape(-1, len(sizes))
    return bool(((vectors >= 0) & (vectors < np.array(sizes))).all())


def _row_numbers(
    indices: Value, sizes: tuple[int, ...], elsewhere: int, rewriter: Rewriter
) -> Value:
    """Flatten vectors of positions in dimensions of these sizes to row numbers.

    Args:
        indices: The vectors.
        sizes: Of the dimensions.
        elsewhere: The number of those outside.
        rewriter: Makes the operations.

    Returns:
        Vectors of one element.
    """
    last = rewriter.constant(np.array(sizes, np.int32) - 1)
    zero = rewriter.constant(np.array(0, np.int32))
    positive = rewriter.op("tfl.maximum", [indices, zero], indices.type)
    moved = rewriter.op("tfl.minimum", [positive, last], indices.type)
    outside, rows = compare(indices, "NE", moved, rewriter), indices
    if len(sizes) > 1:
        outside, rows = _any(outside, rewriter), _merged(indices, sizes, rewriter)
    nowhere = rewriter.filled(rows, elsewhere)
    return rewriter.op("stablehlo.select", [outside, nowhere, rows], rows.type)


def _merged(indices: Value, sizes: tuple[int, ...], rewriter: Rewriter) -> Value:
    """Vectors of positions as those of one position in all dimensions together."""
    shape = shape_of(indices)
    steps = [math.prod(sizes[place + 1 :]) for place in range(len(sizes))]
    row = rewriter.constant(np.array(steps, np.int32))
    weights = broadcast(row, shape, (len(shape) - 1,), rewriter)
    offsets = rewriter.op("stablehlo.multiply", [indices, weights], indices.type)
    rows = reduce_add(offsets, (len(shape) - 1,), rewriter)
    return reshape(rows, (*shape[:-1], 1), rewriter)


def _any(flags: Value, rewriter: Rewriter) -> Value:
    """Tell whether any flag of each vector is set, as vectors of one element."""
    *others, _ = shape_of(flags)
    axis = rewriter.constant(np.array([len(others)], np.int32))
    kind = tensor_type((*others, 1), "bool")
    return rewriter.op("tfl.reduce_any", [flags, axis], kind, {"keep_dims": True})


def _first_rows(value: Value, count: int, rewriter: Rewriter) -> Value:
    shape = (count, *shape_of(value)[1:])
    ranges = {
        "start_indices": (0,) * len(shape),
        "limit_indices": shape,
        "strides": (1,) * len(shape),
    }
    return rewriter.op("stablehlo.slice", [value], tensor_type(shape, dtype_of(value)), ranges)


def _scattered(indices: Value, updates: Value, shape: tuple[int, ...], rewriter: Rewriter) -> Value:
    sizes = rewriter.constant(np.array(shape, np.int32))
    kind = tensor_type(shape, dtype_of(updates))
    return rewriter.op("tfl.scatter_nd", [indices, updates, sizes], kind)
