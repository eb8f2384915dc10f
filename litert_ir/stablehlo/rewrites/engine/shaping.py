"""Reshapes, transposes, sums and the like, without no-ops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litert_ir.stablehlo.mlir.creation import int64
from litert_ir.stablehlo.mlir.enumerations import direction_attribute
from litert_ir.stablehlo.mlir.interfaces import Value
from litert_ir.stablehlo.mlir.values import dtype_of, shape_of, tensor_type
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter


def reshape(value: Value, shape: Sequence[int], rewriter: Rewriter) -> Value:
    """The value in another shape; itself if it has that shape."""
    if shape_of(value) == tuple(shape):
        return value
    return rewriter.op("stablehlo.reshape", [value], tensor_type(tuple(shape), dtype_of(value)))


def transpose(value: Value, permutation: Sequence[int], rewriter: Rewriter) -> Value:
    """The value with its dimensions in another order; itself if that changes nothing."""
    order = tuple(permutation)
    if order == tuple(range(len(order))):
        return value
    shape = shape_of(value)
    kind = tensor_type(tuple(shape[axis] for axis in order), dtype_of(value))
    return rewriter.op("stablehlo.transpose", [value], kind, {"permutation": order})


def slice_last(value: Value, start: int, stop: int, rewriter: Rewriter) -> Value:
    """A range of the last dimension; the value itself if that is all of it."""
    shape = shape_of(value)
    if (start, stop) == (0, shape[-1]):
        return value
    attributes = {
        "start_indices": (*(0 for _ in shape[:-1]), start),
        "limit_indices": (*shape[:-1], stop),
        "strides": (1,) * len(shape),
    }
    kind = tensor_type((*shape[:-1], stop - start), dtype_of(value))
    return rewriter.op("stablehlo.slice", [value], kind, attributes)


def concatenate_last(values: Sequence[Value], rewriter: Rewriter) -> Value:
    """Values one after the other along the last dimension; one value stays as it is."""
    if len(values) == 1:
        return values[0]
    shape = shape_of(values[0])
    size = sum(shape_of(value)[-1] for value in values)
    kind = tensor_type((*shape[:-1], size), dtype_of(values[0]))
    attributes = {"dimension": int64(len(shape) - 1)}
    return rewriter.op("stablehlo.concatenate", values, kind, attributes)


def reduce_add(value: Value, axes: Sequence[int], rewriter: Rewriter) -> Value:
    """The sum over dimensions, which are gone; the value itself if there are none."""
    if not axes:
        return value
    shape = shape_of(value)
    kept = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    where = rewriter.constant(np.array(axes, np.int32))
    kind = tensor_type(kept, dtype_of(value))
    return rewriter.op("tfl.sum", [value, where], kind, {"keep_dims": False})


def broadcast(
    value: Value, shape: Sequence[int], dimensions: Sequence[int], rewriter: Rewriter
) -> Value:
    """The value broadcast to a shape, with its dimensions at these positions."""
    if shape_of(value) == tuple(shape):
        return value
    kind = tensor_type(tuple(shape), dtype_of(value))
    attributes = {"broadcast_dimensions": tuple(dimensions)}
    return rewriter.op("stablehlo.broadcast_in_dim", [value], kind, attributes)


def compare(left: Value, direction: str, right: Value, rewriter: Rewriter) -> Value:
    """A comparison, such as ``LT``, of two values of one shape."""
    attributes = {"comparison_direction": direction_attribute(direction)}
    kind = tensor_type(shape_of(left), "bool")
    return rewriter.op("stablehlo.compare", [left, right], kind, attributes)
