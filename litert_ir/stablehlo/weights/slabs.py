"""Cut expressions of weights along an axis, so that a large array is computed in slabs."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np

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
from litert_ir.stablehlo.weights.simplify import (
    broadcasted,
    concatenated,
    converted,
    flipped,
    reshaped,
    sliced,
    sliced_along,
    transposed,
)


def part_of(expr: WeightExpr, axis: int, start: int, stop: int) -> WeightExpr:
    """An expression for ``expr[..., start:stop, ...]`` that cuts the variables, not the result.

    Args:
        expr: The expression to cut.
        axis: Along which dimension.
        start: The first index, below ``stop``.
        stop: The index after the last one.
    """
    match expr:
        case Parameter() | Literal() | Pad():
            return sliced_along(expr, axis, start, stop)
        case Convert() | Unary() | Binary():
            return _part_of_elementwise(expr, axis, start, stop)
        case Concatenate():
            return _part_of_concatenation(expr, axis, start, stop)
        case Transpose() | Reshape() | Slice() | Broadcast() | Reverse():
            return _part_of_view(expr, axis, start, stop)
        case _:
            assert_never(expr)


def tightened(expr: WeightExpr) -> WeightExpr:
    """The same array with its slices moved towards the leaves, so that no cut part is computed."""
    for axis, size in enumerate(expr.shape):
        if size > 0:
            expr = part_of(expr, axis, 0, size)
    return expr


def streams(expr: WeightExpr, axis: int, limit: int) -> bool:
    """Tell whether slabs of ``limit`` bytes along an axis can be computed without much more.

    Args:
        expr: The expression to cut.
        axis: Along which dimension.
        limit: Bytes that may be computed anew for each slab.
    """
    if expr.nbytes <= limit or isinstance(expr, Parameter | Literal):
        return True
    match expr:
        case Pad():
            return False
        case Binary():
            return streams(expr.left, axis, limit) and streams(expr.right, axis, limit)
        case Concatenate():
            return all(streams(source, axis, limit) for source in expr.sources)
        case Convert() | Unary() | Slice() | Reverse():
            return streams(expr.source, axis, limit)
        case Transpose() | Reshape() | Broadcast():
            return _view_streams(expr, axis, limit)
        case _:
            assert_never(expr)


def _part_of_elementwise(
    expr: Convert | Unary | Binary, axis: int, start: int, stop: int
) -> WeightExpr:
    match expr:
        case Convert():
            return converted(part_of(expr.source, axis, start, stop), expr.dtype)
        case Unary():
            return Unary(expr.function, part_of(expr.source, axis, start, stop))
        case Binary():
            sides = [part_of(side, axis, start, stop) for side in (expr.left, expr.right)]
            return Binary(expr.function, *sides)
        case _:
            assert_never(expr)


def _part_of_concatenation(expr: Concatenate, axis: int, start: int, stop: int) -> WeightExpr:
    if axis != expr.axis:
        parts = [part_of(source, axis, start, stop) for source in expr.sources]
        return concatenated(parts, expr.axis)
    parts, first = [], 0
    for source in expr.sources:
        size = source.shape[axis]
        low, high = max(start - first, 0), min(stop - first, size)
        if low < high:
            parts.append(part_of(source, axis, low, high))
        first += size
    return concatenated(parts, axis)


def _part_of_view(
    expr: Transpose | Reshape | Slice | Broadcast | Reverse, axis: int, start: int, stop: int
) -> WeightExpr:
    match expr:
        case Transpose():
            part = part_of(expr.source, expr.permutation[axis], start, stop)
            return transposed(part, expr.permutation)
        case Reshape():
            return _part_of_reshape(expr, axis, start, stop)
        case Slice():
            return _part_of_slice(expr, axis, start, stop)
        case Broadcast():
            dim = _stretched_from(expr, axis)
            source = expr.source if dim is None else part_of(expr.source, dim, start, stop)
            return broadcasted(source, _resized(expr, axis, stop - start), expr.dimensions)
        case Reverse():
            if axis in expr.axes:
                start, stop = expr.shape[axis] - stop, expr.shape[axis] - start
            return flipped(part_of(expr.source, axis, start, stop), expr.axes)
        case _:
            assert_never(expr)


def _part_of_slice(expr: Slice, axis: int, start: int, stop: int) -> WeightExpr:
    base, stride = expr.starts[axis], expr.strides[axis]
    low, high = base + start * stride, base + (stop - 1) * stride + 1
    starts, limits = list(expr.starts), list(expr.limits)
    starts[axis], limits[axis] = 0, high - low
    return sliced(part_of(expr.source, axis, low, high), starts, limits, expr.strides)


def _part_of_reshape(expr: Reshape, axis: int, start: int, stop: int) -> WeightExpr:
    """Rows of a reshape as a range of the source's elements, cut out of the source's rows."""
    dim = _reshaped_from(expr, axis)
    if dim is None:
        return sliced_along(expr, axis, start, stop)
    row, source_row = math.prod(expr.shape[axis + 1 :]), math.prod(expr.source.shape[dim + 1 :])
    low, high = start * row // source_row, -(-stop * row // source_row)
    rows = part_of(expr.source, dim, low, high)
    outer, offset = math.prod(expr.shape[:axis]), start * row - low * source_row
    flat = reshaped(rows, (outer, (high - low) * source_row))
    cut = sliced_along(flat, 1, offset, offset + (stop - start) * row)
    return reshaped(cut, _resized(expr, axis, stop - start))


def _resized(expr: WeightExpr, axis: int, size: int) -> tuple[int, ...]:
    return (*expr.shape[:axis], size, *expr.shape[axis + 1 :])


def _stretched_from(expr: Broadcast, axis: int) -> int | None:
    """The source's dimension that an axis runs along; None where the source is broadcast."""
    if axis not in expr.dimensions:
        return None
    dim = expr.dimensions.index(axis)
    return dim if expr.source.shape[dim] == expr.shape[axis] else None


def _reshaped_from(expr: Reshape, axis: int) -> int | None:
    """The source's dimension whose rows lie within the same outer dimensions; None if none."""
    if 0 in expr.shape:
        return None
    outer = math.prod(expr.shape[:axis])
    shape = expr.source.shape
    dims = [dim for dim in range(len(shape)) if math.prod(shape[:dim]) == outer]
    return dims[-1] if dims else None


def _view_streams(expr: Transpose | Reshape | Broadcast, axis: int, limit: int) -> bool:
    match expr:
        case Transpose():
            return streams(expr.source, expr.permutation[axis], limit)
        case Reshape():
            dim = _reshaped_from(expr, axis)
            return (
                dim is not None
                and _rows_fit(expr, axis, dim, limit)
                and streams(expr.source, dim, limit)
            )
        case Broadcast():
            dim = _stretched_from(expr, axis)
            if dim is None:
                return expr.source.nbytes <= limit or _is_view(expr.source)
            return streams(expr.source, dim, limit)
        case _:
            assert_never(expr)


def _rows_fit(expr: Reshape, axis: int, dim: int, limit: int) -> bool:
    """Tell whether rows of the reshape are whole rows of the source, or those are small."""
    row, source_row = math.prod(expr.shape[axis + 1 :]), math.prod(expr.source.shape[dim + 1 :])
    outer = math.prod(expr.shape[:axis])
    return row % source_row == 0 or (outer * source_row * np.dtype(expr.dtype).itemsize <= limit)


def _is_view(expr: WeightExpr) -> bool:
    """Tell whether evaluation copies nothing."""
    match expr:
        case Parameter() | Literal():
            return True
        case Reshape():
            return isinstance(expr.source, Parameter | Literal)
        case Transpose() | Slice() | Broadcast() | Reverse():
            return _is_view(expr.source)
        case Convert() | Unary() | Binary() | Concatenate() | Pad():
            return False
        case _:
            assert_never(expr)
