"""Legalize gathers: along one dimension without JAX' checks, along several with limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litert_ir.stablehlo.mlir.dimension_numbers import GatherDimensions
from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    attributes_of,
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

_INDICES = frozenset({"int32", "int64", "uint32"})


@pattern("stablehlo.gather")
def gather_along_axis(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a gather of whole slices along one dimension to `tfl.gather`.

    Before:
        func.func @main(%x: tensor<4x2xf32>, %i: tensor<3x1xi32>) -> tensor<3x2xf32> {
          %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],
              collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
              indices_are_sorted = false, slice_sizes = array<i64: 1, 2>}> : (tensor<4x2xf32>,
              tensor<3x1xi32>) -> tensor<3x2xf32>
          return %0 : tensor<3x2xf32>
        }

    After:
        func.func @main(%x: tensor<4x2xf32>, %i: tensor<3x1xi32>) -> tensor<3x2xf32> {
          %0 = stablehlo.reshape %i : (tensor<3x1xi32>) -> tensor<3xi32>
          %1 = "tfl.gather"(%x, %0) <{axis = 0 : i32, batch_dims = 0 : i32}> : (tensor<4x2xf32>,
              tensor<3xi32>) -> tensor<3x2xf32>
          return %1 : tensor<3x2xf32>
        }

    Dimensions that both operands go over together come first, by transposes.
    """
    dimensions = GatherDimensions.of(op)
    if len(dimensions.start_index_map) != 1 or not is_static(op.results[0]):
        return False
    (axis,) = dimensions.start_index_map
    together = dimensions.operand_batching_dims
    sizes = integers(op, "slice_sizes")
    single = {axis, *together}
    whole = (
        size == (1 if place in single else full)
        for place, (size, full) in enumerate(zip(sizes, shape_of(op.operands[0]), strict=True))
    )
    fits = all(whole) and dimensions.collapsed_slice_dims in ((axis,), ())
    indices = _plain_indices(op.operands[1], dimensions, rewriter) if fits else None
    if indices is None or dtype_of(indices) not in _INDICES:
        return False
    if dtype_of(indices) == "uint32":
        kind = tensor_type(shape_of(indices), "int32")
        indices = rewriter.op("stablehlo.convert", [indices], kind)
    return rewriter.replace(op, _gathered(op, indices, dimensions, rewriter))


def _plain_indices(value: Value, dimensions: GatherDimensions, rewriter: Rewriter) -> Value | None:
    """The indices without the dimension of index vectors."""
    shape = list(shape_of(value))
    if dimensions.index_vector_dim == len(shape):
        return value
    if dimensions.index_vector_dim != len(shape) - 1 or shape[-1] != 1:
        return None
    return reshape(value, shape[:-1], rewriter)


def _gathered(
    op: Operation, indices: Value, dimensions: GatherDimensions, rewriter: Rewriter
) -> Value:
    value = op.operands[0]
    (axis,) = dimensions.start_index_map
    together = dimensions.operand_batching_dims
    own = [place for place in range(len(shape_of(value))) if place not in together]
    batch = dimensions.start_indices_batching_dims
    others = [place for place in range(len(shape_of(indices))) if place not in batch]
    value = transpose(value, [*together, *own], rewriter)
    indices = transpose(indices, [*batch, *others], rewriter)
    where = len(together) + own.index(axis)
    shape, taken = shape_of(value), shape_of(indices)[len(batch) :]
    kind = tensor_type((*shape[:where], *taken, *shape[where + 1 :]), dtype_of(value))
    attributes = {"axis": where, "batch_dims": len(together)}
    result = rewriter.op("tfl.gather", [value, indices], kind, attributes)
    before, after = own[: own.index(axis)], own[own.index(axis) + 1 :]
    labels = [*(("i", place) for place in batch), *(("o", place) for place in before)]
    labels += [("i", place) for place in others]
    if not dimensions.collapsed_slice_dims:
        labels.append(("o", axis))
        sizes = list(shape_of(result))
        sizes.insert(where + len(taken), 1)
        result = reshape(result, sizes, rewriter)
    labels += [("o", place) for place in after]
    return transpose(result, _order(op, labels, dimensions), rewriter)


def _order(
    op: Operation, labels: Sequence[tuple[str, int]], dimensions: GatherDimensions
) -> list[int]:
    """Return the position of each dimension of the result in the result of `tfl.gather`."""
    offsets = iter(sorted(label for label in labels if label[0] == "o"))
    places = iter(sorted(label for label in labels if label[0] == "i"))
    rank = len(shape_of(op.results[0]))
    return [
        labels.index(next(offsets if place in dimensions.offset_dims else places))
        for place in range(rank)
    ]


@pattern("stablehlo.gather")
def clamp_indices(op: Operation, rewriter: Rewriter) -> bool:
    """Clamp positions in several dimensions to those that exist, as StableHLO has it.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %i: tensor<1x2xi32>) -> tensor<1xf32> {
          %0 = "stablehlo.gather"(%x, %i)
              <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1],
              start_index_map = [0, 1], index_vector_dim = 1>, indices_are_sorted = false,
              slice_sizes = array<i64: 1, 1>}> : (tensor<2x3xf32>, tensor<1x2xi32>) -> tensor<1xf32>
          return %0 : tensor<1xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %i: tensor<1x2xi32>) -> tensor<1xf32> {
          %c = stablehlo.constant dense<0> : tensor<i32>
          %0 = "tfl.maximum"(%i, %c) : (tensor<1x2xi32>, tensor<i32>) -> tensor<1x2xi32>
          %c_0 = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
          %1 = "tfl.minimum"(%0, %c_0) : (tensor<1x2xi32>, tensor<2xi32>) -> tensor<1x2xi32>
          %2 = "stablehlo.gather"(%x, %1)
              <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1],
              start_index_map = [0, 1], index_vector_dim = 1>, indices_are_sorted = false,
              slice_sizes = array<i64: 1, 1>}> : (tensor<2x3xf32>, tensor<1x2xi32>) -> tensor<1xf32>
          return %2 : tensor<1xf32>
        }

    Models that look around a position put something else in the place of what is not there. With a
    position outside of ``%x``, `tfl.gather_nd` fails to run.
    """
    dimensions, (value, indices) = GatherDimensions.of(op), op.operands
    places, maker = dimensions.start_index_map, producer(indices)
    dtype = dtype_of(indices)
    if len(places) < 2 or dtype not in ("int32", "int64") or not is_static(indices):
        return False
    along_last = dimensions.index_vector_dim == len(shape_of(indices)) - 1
    if not along_last or (maker is not None and maker.name == "tfl.minimum"):
        return False
    sizes = integers(op, "slice_sizes")
    last = np.array([shape_of(value)[place] - sizes[place] for place in places], dtype)
    known = rewriter.known_array(indices)
    if known is not None and bool(((known >= 0) & (known <= last)).all()):
        return False
    zero, limits = rewriter.constant(np.array(0, dtype)), rewriter.constant(last)
    positive = rewriter.op("tfl.maximum", [indices, zero], indices.type)
    inside = rewriter.op("tfl.minimum", [positive, limits], indices.type)
    attributes = attributes_of(op)
    kind = op.results[0].type
    return rewriter.replace(op, rewriter.op(op.name, [value, inside], kind, attributes))


@pattern("stablehlo.select")
def remove_index_checks(op: Operation, rewriter: Rewriter) -> bool:
    """Remove what JAX selects in the place of elements that do not exist.

    Before:
        func.func @main(%x: tensor<4x2xf32>, %i: tensor<3x1xi32>) -> tensor<3x2xf32> {
          %first = stablehlo.constant dense<0> : tensor<3x1xi32>
          %last = stablehlo.constant dense<3> : tensor<3x1xi32>
          %true = stablehlo.constant dense<true> : tensor<i1>
          %nan = stablehlo.constant dense<0x7FC00000> : tensor<3x2xf32>
          %0 = stablehlo.compare GE, %i, %first : (tensor<3x1xi32>, tensor<3x1xi32>)
              -> tensor<3x1xi1>
          %1 = stablehlo.compare LE, %i, %last : (tensor<3x1xi32>, tensor<3x1xi32>)
              -> tensor<3x1xi1>
          %2 = stablehlo.and %0, %1 : tensor<3x1xi1>
          %3 = stablehlo.reduce(%2 init: %true) applies stablehlo.and across dimensions = [1]
              : (tensor<3x1xi1>, tensor<i1>) -> tensor<3xi1>
          %4 = stablehlo.broadcast_in_dim %3, dims = [0] : (tensor<3xi1>) -> tensor<3x2xi1>
          %5 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],
              collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
              indices_are_sorted = false, slice_sizes = array<i64: 1, 2>}> : (tensor<4x2xf32>,
              tensor<3x1xi32>) -> tensor<3x2xf32>
          %6 = stablehlo.select %4, %5, %nan : tensor<3x2xi1>, tensor<3x2xf32>
          return %6 : tensor<3x2xf32>
        }

    After:
        func.func @main(%x: tensor<4x2xf32>, %i: tensor<3x1xi32>) -> tensor<3x2xf32> {
          %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],
              collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
              indices_are_sorted = false, slice_sizes = array<i64: 1, 2>}> : (tensor<4x2xf32>,
              tensor<3x1xi32>) -> tensor<3x2xf32>
          return %0 : tensor<3x2xf32>
        }

    With an index outside of ``%x``, LiteRT fails to run the file.
    """
    condition, value, fill = op.operands
    gather = producer(_moved(value))
    if gather is None or gather.name not in ("stablehlo.gather", "tfl.gather"):
        return False
    number = rewriter.splat(fill)
    if number is None or not _is_fill(number, dtype_of(value)):
        return False
    if not _checks(condition, gather.operands[1]):
        return False
    return rewriter.replace(op, value)


def _is_fill(number: float, dtype: str) -> bool:
    """Tell whether JAX fills with a number: NaN, or the least or the greatest integer."""
    if np.issubdtype(np.dtype(dtype), np.integer):
        return number in (float(np.iinfo(dtype).min), float(np.iinfo(dtype).max))
    return bool(np.isnan(number))


def _checks(condition: Value, indices: Value) -> bool:
    """Tell whether a condition is that indices are in range, and no more."""
    op = producer(_moved(condition))
    if op is not None and op.name == "stablehlo.reduce":
        op = producer(_moved(op.operands[0]))
    if op is None or op.name != "stablehlo.and":
        return False
    makers = [producer(operand) for operand in op.operands]
    return all(
        maker is not None
        and maker.name == "stablehlo.compare"
        and direction_of(maker) in ("GE", "LE")
        and _moved(maker.operands[0]) == _moved(indices)
        for maker in makers
    )


def _moved(value: Value) -> Value:
    """Return the source of a chain of reshapes, transposes and broadcasts."""
    op = producer(value)
    moving = ("stablehlo.broadcast_in_dim", "stablehlo.reshape", "stablehlo.transpose")
    while op is not None and op.name in moving:
        value = op.operands[0]
        op = producer(value)
    return value
