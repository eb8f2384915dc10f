"""Compute weights from their expressions, as a whole or streamed in slabs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import ConversionError
from litert_ir.ir.estimate import SLAB_BYTES
from litert_ir.stablehlo.weights.elementwise import binary, converted, unary
from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Broadcast,
    Concatenate,
    Convert,
    Literal,
    Pad,
    Parameter,
    Reshape,
    Reverse,
    Slice,
    Transpose,
    Unary,
    WeightExpr,
)
from litert_ir.stablehlo.weights.row_major import row_major
from litert_ir.stablehlo.weights.slabs import part_of, streams, tightened

Array = NDArray[Any]
Parameters = Callable[[int], Array]
"""Reads a variable by its index. Evaluation never writes into the array."""


def evaluate(expr: WeightExpr, parameters: Parameters) -> Array:
    """The array that an expression stands for; a view of the variables where numpy has one.

    Transposes, slices, reversals and broadcasts are views, and so are reshapes of what is
    contiguous. All else is a new array.

    Raises:
        ConversionError: When a variable is not what the expression takes it for.
    """
    match expr:
        case Parameter():
            return _variable(expr, parameters)
        case Literal():
            return np.ndarray(expr.shape, np.dtype(expr.dtype), expr.data)
        case Transpose() | Reshape() | Slice() | Broadcast() | Reverse():
            return _view(expr, evaluate(expr.source, parameters))
        case Convert() | Unary() | Binary() | Concatenate() | Pad():
            return _computed(expr, parameters)
        case _:
            assert_never(expr)


def evaluate_chunks(
    expr: WeightExpr, parameters: Parameters, chunk_bytes: int = SLAB_BYTES
) -> Iterator[memoryview]:
    """The bytes of an array in row-major order, computed slab by slab.

    Each slab is computed when it is asked for. Where an expression cannot be cut, which
    holds for padding and for some reshapes of transposes, it is computed as a whole first.

    Args:
        expr: The expression to compute.
        parameters: Gives the variables; asked at most once for each.
        chunk_bytes: Most bytes of a slab, unless a single element has more.

    Yields:
        Contiguous bytes, valid until the next ones are asked for; read-only to the caller.

    Raises:
        ConversionError: When a variable is not what the expression takes it for.
    """
    return _chunks(tightened(expr), functools.cache(parameters), chunk_bytes)


def _chunks(expr: WeightExpr, parameters: Parameters, chunk_bytes: int) -> Iterator[memoryview]:
    axis = next((i for i, size in enumerate(expr.shape) if size > 1), None)
    if axis is None or expr.nbytes <= chunk_bytes:
        yield _bytes_of(evaluate(expr, parameters))
        return
    if not streams(expr, axis, chunk_bytes):
        whole = evaluate(expr, parameters)
        expr, parameters = Parameter(0, expr.shape, expr.dtype), lambda _: whole
    size = expr.shape[axis]
    rows = max(1, chunk_bytes * size // expr.nbytes)
    for start in range(0, size, rows):
        part = part_of(expr, axis, start, min(start + rows, size))
        yield from _chunks(part, parameters, chunk_bytes)


def _bytes_of(array: Array) -> memoryview:
    return row_major(array).reshape(-1).view(np.uint8).data


def _variable(expr: Parameter, parameters: Parameters) -> Array:
    array = parameters(expr.index)
    if (array.shape, array.dtype) != (expr.shape, np.dtype(expr.dtype)):
        raise ConversionError(
            "A variable has another shape or type than when the model was traced.",
            where=f"variable {expr.index}",
            expected=f"{expr.shape} {expr.dtype}",
            received=f"{array.shape} {array.dtype}",
        )
    return array


def _view(expr: Transpose | Reshape | Slice | Broadcast | Reverse, source: Array) -> Array:
    match expr:
        case Transpose():
            return source.transpose(expr.permutation)
        case Reshape():
            return source.reshape(expr.shape)
        case Slice():
            return source[tuple(map(slice, expr.starts, expr.limits, expr.strides))]
        case Broadcast():
            aligned = [1] * len(expr.shape)
            for size, dim in zip(source.shape, expr.dimensions, strict=True):
                aligned[dim] = size
            return np.broadcast_to(source.reshape(aligned), expr.shape)
        case Reverse():
            return np.flip(source, expr.axes)
        case _:
            assert_never(expr)


def _computed(expr: Convert | Unary | Binary | Concatenate | Pad, parameters: Parameters) -> Array:
    match expr:
        case Convert():
            return converted(evaluate(expr.source, parameters), expr.dtype)
        case Unary():
            return unary(expr.function, evaluate(expr.source, parameters))
        case Binary():
            sides = (evaluate(side, parameters) for side in (expr.left, expr.right))
            return binary(expr.function, *sides)
        case Concatenate():
            return np.concatenate([evaluate(s, parameters) for s in expr.sources], expr.axis)
        case Pad():
            return _padded(expr, parameters)
        case _:
            assert_never(expr)


def _padded(expr: Pad, parameters: Parameters) -> Array:
    result = np.full(expr.shape, evaluate(expr.value, parameters))
    kept, places = [], []
    for size, total, low, between in zip(
        expr.source.shape, expr.shape, expr.low, expr.interior, strict=True
    ):
        step = between + 1
        first = max(0, -(low // step))
        last = min(size, -((low - total) // step))
        kept.append(slice(first, last))
        places.append(slice(low + first * step, low + last * step, step))
    result[tuple(places)] = evaluate(expr.source, parameters)[tuple(kept)]
    return result
