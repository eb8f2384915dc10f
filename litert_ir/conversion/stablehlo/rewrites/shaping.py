"""Reshapes and transposes that leave out what changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends.mlir import ir
from litert_ir.conversion.stablehlo.rewrites.mlir_values import dtype_of, shape_of, tensor_type
from litert_ir.conversion.stablehlo.rewrites.rewriter import Rewriter


def reshape(value: Any, shape: Sequence[int], rewriter: Rewriter) -> Any:
    """The value in another shape; itself if it has that shape."""
    if shape_of(value) == tuple(shape):
        return value
    return rewriter.op("stablehlo.reshape", [value], tensor_type(tuple(shape), dtype_of(value)))


def transpose(value: Any, permutation: Sequence[int], rewriter: Rewriter) -> Any:
    """The value with its dimensions in another order; itself if that changes nothing."""
    order = tuple(permutation)
    if order == tuple(range(len(order))):
        return value
    shape = shape_of(value)
    kind = tensor_type(tuple(shape[axis] for axis in order), dtype_of(value))
    return rewriter.op("stablehlo.transpose", [value], kind, {"permutation": order})


def slice_last(value: Any, start: int, stop: int, rewriter: Rewriter) -> Any:
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


def concatenate_last(values: Sequence[Any], rewriter: Rewriter) -> Any:
    """Values one after the other along the last dimension; one value stays as it is."""
    if len(values) == 1:
        return values[0]
    shape = shape_of(values[0])
    size = sum(shape_of(value)[-1] for value in values)
    kind = tensor_type((*shape[:-1], size), dtype_of(values[0]))
    axis = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), len(shape) - 1)
    return rewriter.op("stablehlo.concatenate", values, kind, {"dimension": axis})
