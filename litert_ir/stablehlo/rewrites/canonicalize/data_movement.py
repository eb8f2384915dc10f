"""Merge and simplify what moves data alone: broadcasts, transposes, reshapes, slices."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.values import (
    integers,
    is_static,
    producer,
    shape_of,
    users,
)
from litert_ir.stablehlo.rewrites.canonicalize.constant_folding import is_constant
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast, reshape, transpose
from litert_ir.stablehlo.weights.simplify import reshaped


@pattern("stablehlo.broadcast_in_dim")
def merge_broadcasts(op: Operation, rewriter: Rewriter) -> bool:
    """Merge a broadcast of a broadcast into one.

    Before:
        func.func @main(%x: tensor<3xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<2x3xf32>
          return %1 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<3xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    below = producer(op.operands[0])
    if below is None or below.name != op.name or not is_static(op.results[0]):
        return False
    outer, inner = (integers(item, "broadcast_dimensions") for item in (op, below))
    dimensions = [outer[axis] for axis in inner]
    shape = shape_of(op.results[0])
    return rewriter.replace(op, broadcast(below.operands[0], shape, dimensions, rewriter))


@pattern("stablehlo.broadcast_in_dim")
def squeeze_broadcast(op: Operation, rewriter: Rewriter) -> bool:
    """Squeeze leading dimensions of size 1 out of a weight or constant that is broadcast.

    Before:
        func.func @main(%w: tensor<1x3xf32> {litert_ir.weight = "bias"}) -> tensor<2x3xf32> {
          %0 = stablehlo.broadcast_in_dim %w, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main() -> tensor<2x3xf32> {
          %0 = "litert_ir.weight"() {value = "reshape(bias, [3])"} : () -> tensor<3xf32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
          return %1 : tensor<2x3xf32>
        }

    It is the form in which LiteRT's converter knows biases.
    """
    (value,) = op.operands
    shape, expr = shape_of(value), rewriter.expr(value)
    if len(shape) < 2 or shape[0] != 1 or (expr is None and not is_constant(value, rewriter)):
        return False
    count = next((axis for axis, size in enumerate(shape) if size != 1), len(shape) - 1)
    if expr is None:
        squeezed = reshape(value, shape[count:], rewriter)
    else:
        squeezed = rewriter.weight(reshaped(expr, shape[count:]))
    dimensions = integers(op, "broadcast_dimensions")[count:]
    shape = shape_of(op.results[0])
    return rewriter.replace(op, broadcast(squeezed, shape, dimensions, rewriter))


@pattern("stablehlo.transpose")
def merge_transposes(op: Operation, rewriter: Rewriter) -> bool:
    """Merge a transpose of a transpose into one, or none.

    Before:
        func.func @main(%x: tensor<2x3x4xf32>) -> tensor<3x2x4xf32> {
          %0 = stablehlo.transpose %x, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
          %1 = stablehlo.transpose %0, dims = [2, 1, 0] : (tensor<4x2x3xf32>) -> tensor<3x2x4xf32>
          return %1 : tensor<3x2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3x4xf32>) -> tensor<3x2x4xf32> {
          %0 = stablehlo.transpose %x, dims = [1, 0, 2] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
          return %0 : tensor<3x2x4xf32>
        }
    """
    below = producer(op.operands[0])
    if below is None or below.name != op.name:
        return False
    outer, inner = (integers(item, "permutation") for item in (op, below))
    order = [inner[axis] for axis in outer]
    return rewriter.replace(op, transpose(below.operands[0], order, rewriter))


@pattern("stablehlo.transpose")
def reshape_for_transpose(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize a transpose that moves dimensions of size 1 alone as a reshape.

    Before:
        func.func @main(%x: tensor<2x3x1xf32>) -> tensor<2x1x3xf32> {
          %0 = stablehlo.transpose %x, dims = [0, 2, 1] : (tensor<2x3x1xf32>) -> tensor<2x1x3xf32>
          return %0 : tensor<2x1x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3x1xf32>) -> tensor<2x1x3xf32> {
          %0 = stablehlo.reshape %x : (tensor<2x3x1xf32>) -> tensor<2x1x3xf32>
          return %0 : tensor<2x1x3xf32>
        }
    """
    value = op.operands[0]
    if not is_static(value):
        return False
    moved = [axis for axis in integers(op, "permutation") if shape_of(value)[axis] != 1]
    if moved != sorted(moved):
        return False
    return rewriter.replace(op, reshape(value, shape_of(op.results[0]), rewriter))


@pattern("stablehlo.transpose")
def squeeze_transpose(op: Operation, rewriter: Rewriter) -> bool:
    """Squeeze dimensions of size 1 out of a transpose between reshapes.

    With: merge_reshapes

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
          %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<2x1x3xf32>
          %1 = stablehlo.transpose %0, dims = [2, 1, 0] : (tensor<2x1x3xf32>) -> tensor<3x1x2xf32>
          %2 = stablehlo.reshape %1 : (tensor<3x1x2xf32>) -> tensor<6xf32>
          return %2 : tensor<6xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
          %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
          %1 = stablehlo.reshape %0 : (tensor<3x2xf32>) -> tensor<6xf32>
          return %1 : tensor<6xf32>
        }
    """
    value, result = op.operands[0], op.results[0]
    below = producer(value)
    if below is None or below.name != "stablehlo.reshape" or 1 not in shape_of(value):
        return False
    if any(user.name != "stablehlo.reshape" for user in users(result)):
        return False
    wide = [axis for axis, size in enumerate(shape_of(value)) if size != 1]
    order = [wide.index(axis) for axis in integers(op, "permutation") if axis in wide]
    squeezed = reshape(value, [shape_of(value)[axis] for axis in wide], rewriter)
    turned = transpose(squeezed, order, rewriter)
    return rewriter.replace(op, reshape(turned, shape_of(result), rewriter))


@pattern("stablehlo.reshape")
def merge_reshapes(op: Operation, rewriter: Rewriter) -> bool:
    """Merge a reshape of a reshape into one, or none.

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
          %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<2x1x3xf32>
          %1 = stablehlo.reshape %0 : (tensor<2x1x3xf32>) -> tensor<6xf32>
          return %1 : tensor<6xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
          %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<6xf32>
          return %0 : tensor<6xf32>
        }
    """
    if shape_of(op.operands[0]) == shape_of(op.results[0]):
        return rewriter.replace(op, op.operands[0])
    below = producer(op.operands[0])
    if below is None or below.name != op.name or not is_static(op.results[0]):
        return False
    return rewriter.replace(op, reshape(below.operands[0], shape_of(op.results[0]), rewriter))


@pattern("stablehlo.slice")
def split_evenly(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse slices that share a value out evenly into `tfl.split`.

    Before:
        func.func @main(%x: tensor<2x4xf32>) -> tensor<2x2xf32> {
          %0 = stablehlo.slice %x [0:2, 0:2] : (tensor<2x4xf32>) -> tensor<2x2xf32>
          %1 = stablehlo.slice %x [0:2, 2:4] : (tensor<2x4xf32>) -> tensor<2x2xf32>
          %2 = stablehlo.multiply %0, %1 : tensor<2x2xf32>
          return %2 : tensor<2x2xf32>
        }

    After:
        func.func @main(%x: tensor<2x4xf32>) -> tensor<2x2xf32> {
          %c = stablehlo.constant dense<1> : tensor<i32>
          %0:2 = "tfl.split"(%c, %x) <{num_splits = 2 : i32}> : (tensor<i32>, tensor<2x4xf32>)
              -> (tensor<2x2xf32>, tensor<2x2xf32>)
          %1 = stablehlo.multiply %0#0, %0#1 : tensor<2x2xf32>
          return %1 : tensor<2x2xf32>
        }
    """
    value = op.operands[0]
    axis = _sliced_axis(op)
    if axis is None or len(shape_of(value)) < 2 or rewriter.expr(value) is not None:
        return False
    size = shape_of(op.results[0])[axis]
    parts: dict[int, list[Operation]] = {}
    for user in users(value):
        if user.name == op.name and _sliced_axis(user) == axis:
            parts.setdefault(integers(user, "start_indices")[axis], []).append(user)
    sizes = {shape_of(part.results[0])[axis] for found in parts.values() for part in found}
    starts = list(range(0, shape_of(value)[axis], size))
    if sizes != {size} or sorted(parts) != starts or len(starts) < 2:
        return False
    where = rewriter.constant(np.array(axis, np.int32))
    kinds = [op.results[0].type] * len(starts)
    attributes = {"num_splits": len(starts)}
    made = rewriter.op_with_results("tfl.split", [where, value], kinds, attributes)
    for start, part in zip(starts, made, strict=True):
        for sibling in parts[start]:
            rewriter.replace(sibling, part)
    return True


def _sliced_axis(op: Operation) -> int | None:
    """The one dimension of which a slice takes a range without gaps; None if there is not one."""
    source, shape = shape_of(op.operands[0]), shape_of(op.results[0])
    axes = [
        axis for axis, sizes in enumerate(zip(source, shape, strict=True)) if len(set(sizes)) > 1
    ]
    if len(axes) != 1 or set(integers(op, "strides")) != {1}:
        return None
    return axes[0] if source[axes[0]] % shape[axes[0]] == 0 else None


@pattern("stablehlo.reverse")
def split_reverse(op: Operation, rewriter: Rewriter) -> bool:
    """Split a reverse of dimensions that are not adjacent into one for each range of them.

    Before:
        func.func @main(%x: tensor<2x1x3xf32>) -> tensor<2x1x3xf32> {
          %0 = stablehlo.reverse %x, dims = [0, 2] : tensor<2x1x3xf32>
          return %0 : tensor<2x1x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x1x3xf32>) -> tensor<2x1x3xf32> {
          %0 = stablehlo.reverse %x, dims = [0] : tensor<2x1x3xf32>
          %1 = stablehlo.reverse %0, dims = [2] : tensor<2x1x3xf32>
          return %1 : tensor<2x1x3xf32>
        }

    The kernel of ``REVERSE_V2`` takes one range of axes.
    """
    value, axes = op.operands[0], sorted(integers(op, "dimensions"))
    gap = next((place for place, axis in enumerate(axes) if axis != axes[0] + place), None)
    if gap is None:
        return False
    inner = rewriter.op(op.name, [value], value.type, {"dimensions": tuple(axes[:gap])})
    return rewriter.replace_by(op, op.name, [inner], {"dimensions": tuple(axes[gap:])})


@pattern("stablehlo.select")
def fold_selection(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a choice that is the same for all elements.

    Before:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
          %true = stablehlo.constant dense<true> : tensor<2xi1>
          %0 = stablehlo.select %true, %x, %y : tensor<2xi1>, tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
          return %x : tensor<2xf32>
        }
    """
    condition = rewriter.splat(op.operands[0])
    if condition is None:
        return False
    return rewriter.replace(op, op.operands[1] if condition else op.operands[2])
