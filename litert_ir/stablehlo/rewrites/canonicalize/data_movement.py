"""Rearrangements of a value's dimensions in as few steps as they take."""

from __future__ import annotations

from typing import Any

import numpy as np

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
def merge_broadcasts(op: Any, rewriter: Rewriter) -> bool:
    """A broadcast of a broadcast is one broadcast.

    Before: ``%1 = broadcast_in_dim %b, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>``,
    ``broadcast_in_dim %1, dims = [0, 1] : (tensor<1x8xf32>) -> tensor<2x8xf32>``
    After: ``broadcast_in_dim %b, dims = [1] : (tensor<8xf32>) -> tensor<2x8xf32>``.
    """
    below = producer(op.operands[0])
    if below is None or below.name != op.name or not is_static(op.results[0]):
        return False
    outer, inner = (integers(item, "broadcast_dimensions") for item in (op, below))
    dimensions = [outer[axis] for axis in inner]
    shape = shape_of(op.results[0])
    return rewriter.replace(op, broadcast(below.operands[0], shape, dimensions, rewriter))


@pattern("stablehlo.broadcast_in_dim")
def squeeze_broadcast(op: Any, rewriter: Rewriter) -> bool:
    """A weight or constant that is broadcast needs no leading dimensions of size 1.

    Before: ``broadcast_in_dim %w, dims = [0, 1] : (tensor<1x8xf32>) -> tensor<2x8xf32>``
    After: ``broadcast_in_dim %w, dims = [1] : (tensor<8xf32>) -> tensor<2x8xf32>``: the form in
    which LiteRT's converter knows biases.
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
def merge_transposes(op: Any, rewriter: Rewriter) -> bool:
    """A transpose of a transpose is one transpose, or none.

    Before: ``%1 = transpose %x, dims = [0, 2, 3, 1]``, ``transpose %1, dims = [0, 3, 1, 2]``
    After: ``%x``.
    """
    below = producer(op.operands[0])
    if below is None or below.name != op.name:
        return False
    outer, inner = (integers(item, "permutation") for item in (op, below))
    order = [inner[axis] for axis in outer]
    return rewriter.replace(op, transpose(below.operands[0], order, rewriter))


@pattern("stablehlo.transpose")
def reshape_instead(op: Any, rewriter: Rewriter) -> bool:
    """A transpose that moves dimensions of size 1 alone is a reshape.

    Before: ``transpose %x, dims = [0, 2, 1] : (tensor<2x6x1xf32>) -> tensor<2x1x6xf32>``
    After: ``reshape %x : (tensor<2x6x1xf32>) -> tensor<2x1x6xf32>``.
    """
    value = op.operands[0]
    if not is_static(value):
        return False
    moved = [axis for axis in integers(op, "permutation") if shape_of(value)[axis] != 1]
    if moved != sorted(moved):
        return False
    return rewriter.replace(op, reshape(value, shape_of(op.results[0]), rewriter))


@pattern("stablehlo.transpose")
def squeeze_transpose(op: Any, rewriter: Rewriter) -> bool:
    """A transpose between reshapes needs no dimensions of size 1.

    Before: ``reshape %x : (tensor<2x4x5xf32>) -> tensor<2x4x1x5xf32>``, ``transpose``,
    ``reshape``
    After: ``transpose %x``, ``reshape``.
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
def merge_reshapes(op: Any, rewriter: Rewriter) -> bool:
    """A reshape of a reshape is one reshape, or none.

    Before: ``%1 = reshape %x : (tensor<2x6xf32>) -> tensor<2x1x6xf32>``,
    ``reshape %1 : (tensor<2x1x6xf32>) -> tensor<12xf32>``
    After: ``reshape %x : (tensor<2x6xf32>) -> tensor<12xf32>``.
    """
    if shape_of(op.operands[0]) == shape_of(op.results[0]):
        return rewriter.replace(op, op.operands[0])
    below = producer(op.operands[0])
    if below is None or below.name != op.name or not is_static(op.results[0]):
        return False
    return rewriter.replace(op, reshape(below.operands[0], shape_of(op.results[0]), rewriter))


@pattern("stablehlo.slice")
def split_evenly(op: Any, rewriter: Rewriter) -> bool:
    """Slices that share a value out evenly are what `tfl.split` gives.

    Before: ``%1 = slice %x [0:2, 0:4]``, ``%2 = slice %x [0:2, 4:8]`` of ``tensor<2x8xf32>``
    After: ``%1, %2 = "tfl.split"(1, %x) {num_splits = 2}``.
    """
    value = op.operands[0]
    axis = _sliced_axis(op)
    if axis is None or len(shape_of(value)) < 2 or rewriter.expr(value) is not None:
        return False
    size = shape_of(op.results[0])[axis]
    parts: dict[int, list[Any]] = {}
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


def _sliced_axis(op: Any) -> int | None:
    """The one dimension of which a slice takes a range without gaps; None if there is not one."""
    source, shape = shape_of(op.operands[0]), shape_of(op.results[0])
    axes = [
        axis for axis, sizes in enumerate(zip(source, shape, strict=True)) if len(set(sizes)) > 1
    ]
    if len(axes) != 1 or set(integers(op, "strides")) != {1}:
        return None
    return axes[0] if source[axes[0]] % shape[axes[0]] == 0 else None


@pattern("stablehlo.select")
def select_known(op: Any, rewriter: Rewriter) -> bool:
    """A choice that is the same for all elements is no choice.

    Before: ``stablehlo.select %true, %x, %y``
    After: ``%x``.
    """
    condition = rewriter.splat(op.operands[0])
    if condition is None:
        return False
    return rewriter.replace(op, op.operands[1] if condition else op.operands[2])
