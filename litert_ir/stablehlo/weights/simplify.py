"""Build expressions of weights in a normal form, without no-ops.

The value is always that of the plain node. Equal weights get equal expressions more often
this way, and evaluation takes fewer steps.
"""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.stablehlo.weights.expressions import (
    Broadcast,
    Concatenate,
    Convert,
    Pad,
    Reshape,
    Reverse,
    Slice,
    Transpose,
    WeightExpr,
)


def transposed(source: WeightExpr, permutation: Sequence[int]) -> WeightExpr:
    """A `Transpose`; transposes of transposes become one."""
    node = Transpose(source, tuple(permutation))
    if node.permutation == tuple(range(len(source.shape))):
        return source
    if isinstance(source, Transpose):
        return transposed(source.source, [source.permutation[i] for i in node.permutation])
    return node


def reshaped(source: WeightExpr, shape: Sequence[int]) -> WeightExpr:
    """A `Reshape`; reshapes of reshapes become one."""
    node = Reshape(source, tuple(shape))
    if node.shape == source.shape:
        return source
    return reshaped(source.source, node.shape) if isinstance(source, Reshape) else node


def converted(source: WeightExpr, dtype: str) -> WeightExpr:
    """A `Convert`, unless the type stays; two in a row both stay, as the first may round."""
    return source if source.dtype == dtype else Convert(source, dtype)


def sliced(
    source: WeightExpr, starts: Sequence[int], limits: Sequence[int], strides: Sequence[int]
) -> WeightExpr:
    """A `Slice`, unless it takes everything; slices of slices become one."""
    node = Slice(source, tuple(starts), tuple(limits), tuple(strides))
    if node.shape == source.shape:
        return source
    if not isinstance(source, Slice):
        return node
    ranges = [
        (base + start * step, base + (start + (size - 1) * stride) * step + 1) if size else (0, 0)
        for base, step, start, stride, size in zip(
            source.starts, source.strides, node.starts, node.strides, node.shape, strict=True
        )
    ]
    strides = [outer * inner for outer, inner in zip(node.strides, source.strides, strict=True)]
    starts, limits = [low for low, _ in ranges], [high for _, high in ranges]
    return sliced(source.source, starts, limits, strides)


def sliced_along(source: WeightExpr, axis: int, start: int, stop: int) -> WeightExpr:
    """The part of an array from ``start`` to before ``stop`` of one axis."""
    starts, limits = [0] * len(source.shape), list(source.shape)
    starts[axis], limits[axis] = start, stop
    return sliced(source, starts, limits, [1] * len(starts))


def broadcasted(source: WeightExpr, shape: Sequence[int], dimensions: Sequence[int]) -> WeightExpr:
    """A `Broadcast`, in any order of dimensions; a reshape where nothing is repeated."""
    order = sorted(range(len(dimensions)), key=dimensions.__getitem__)
    if order != list(range(len(source.shape))):
        return broadcasted(transposed(source, order), shape, sorted(dimensions))
    node = Broadcast(source, tuple(shape), tuple(dimensions))
    if node.nbytes == source.nbytes:
        return reshaped(source, node.shape)
    if isinstance(source, Broadcast):
        return broadcasted(source.source, shape, [dimensions[i] for i in source.dimensions])
    return node


def flipped(source: WeightExpr, axes: Sequence[int]) -> WeightExpr:
    """A `Reverse` of the axes in which there is an order."""
    node = Reverse(source, tuple(sorted(axes)))
    turned = tuple(axis for axis in node.axes if source.shape[axis] > 1)
    return Reverse(source, turned) if turned else source


def concatenated(sources: Sequence[WeightExpr], axis: int) -> WeightExpr:
    """A `Concatenate`, unless there is one source only."""
    node = Concatenate(tuple(sources), axis)
    return node.sources[0] if len(node.sources) == 1 else node


def padded(
    source: WeightExpr,
    low: Sequence[int],
    high: Sequence[int],
    interior: Sequence[int],
    value: WeightExpr,
) -> WeightExpr:
    """A `Pad`, unless no element is added or cut off."""
    node = Pad(source, tuple(low), tuple(high), tuple(interior), value)
    unchanged = not any((*node.low, *node.high)) and node.shape == source.shape
    return source if unchanged else node
