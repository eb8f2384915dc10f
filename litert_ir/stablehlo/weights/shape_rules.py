"""The shapes that ops on weights accept and give, by StableHLO's rules on plain tuples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np

from litert_ir.errors import ConversionError

Shape = tuple[int, ...]


class Weight:
    """The shape and the element type that every node of an expression has."""

    __slots__ = ()

    @property
    def shape(self) -> Shape:
        """Sizes of the dimensions, outermost first."""
        raise NotImplementedError

    @property
    def dtype(self) -> str:
        """The element type, one of `DTYPES`."""
        raise NotImplementedError

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def require(sound: bool, node: object, expected: str, received: object) -> None:
    """Raise unless a node of an expression is sound.

    Raises:
        ConversionError: Naming the node's class.
    """
    if not sound:
        raise ConversionError(
            "An expression of weights contradicts itself.",
            where=type(node).__name__,
            expected=expected,
            received=str(received),
        )


def is_shape(shape: object) -> bool:
    """Tell whether this is a tuple of sizes."""
    return isinstance(shape, tuple) and all(type(dim) is int and dim >= 0 for dim in shape)


def broadcast_fits(shape: Shape, target: Shape, dimensions: Shape) -> bool:
    """Tell whether ``stablehlo.broadcast_in_dim`` takes this, with increasing dimensions."""
    increasing = list(dimensions) == sorted(set(dimensions))
    inside = all(0 <= dim < len(target) for dim in dimensions)
    return (
        len(dimensions) == len(shape)
        and increasing
        and inside
        and all(size in (1, target[dim]) for size, dim in zip(shape, dimensions, strict=True))
    )


def slice_fits(shape: Shape, starts: Shape, limits: Shape, strides: Shape) -> bool:
    """Tell whether ``stablehlo.slice`` takes this."""
    return len(shape) == len(starts) == len(limits) == len(strides) and all(
        0 <= start <= limit <= size and stride > 0
        for size, start, limit, stride in zip(shape, starts, limits, strides, strict=True)
    )


def sliced_shape(starts: Shape, limits: Shape, strides: Shape) -> Shape:
    """Compute the shape of a slice."""
    return tuple(
        -(-(limit - start) // stride)
        for start, limit, stride in zip(starts, limits, strides, strict=True)
    )


def concatenation_fits(shapes: Sequence[Shape], axis: int) -> bool:
    """Tell whether ``stablehlo.concatenate`` takes this."""
    if not shapes or not 0 <= axis < len(shapes[0]):
        return False
    return len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) == 1 and (
        len({len(shape) for shape in shapes}) == 1
    )


def concatenated_shape(shapes: Sequence[Shape], axis: int) -> Shape:
    """Compute the shape of a concatenation."""
    first = shapes[0]
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def padded_shape(shape: Shape, low: Shape, high: Shape, interior: Shape) -> Shape:
    """Compute the shape of ``stablehlo.pad``; a negative size means that it refuses this."""
    return tuple(
        before + size + max(size - 1, 0) * between + after
        for size, before, after, between in zip(shape, low, high, interior, strict=True)
    )
