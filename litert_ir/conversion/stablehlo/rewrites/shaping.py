"""Reshapes and transposes that leave out what changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
