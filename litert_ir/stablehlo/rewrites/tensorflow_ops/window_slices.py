"""The patches of a window: blocks side by side, or slices where they overlap."""

from __future__ import annotations

import math

import attrs

from litert_ir.stablehlo.mlir.interfaces import Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import concatenate_last, reshape, transpose

MOST_SLICES = 256
"""The most operators of slices: a file of more is slow to load and to prepare."""


@attrs.frozen(kw_only=True)
class Patches:
    """The patches of a window; one entry per spatial dimension.

    The last dimension of the result counts the elements of a patch in the order of its
    dimensions, the features last.

    Attributes:
        kernel: The window's sizes.
        strides: Its steps.
        dilation: 1 + the elements that it leaves out between each two.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]

    @property
    def extents(self) -> tuple[int, ...]:
        """The sizes of the dilated window."""
        return tuple(
            (size - 1) * dilation + 1
            for size, dilation in zip(self.kernel, self.dilation, strict=True)
        )

    @property
    def are_blocks(self) -> bool:
        """Tell whether the patches lie side by side."""
        return self.kernel == self.strides and set(self.dilation) <= {1}

    @property
    def slices(self) -> int:
        """Count the slices that overlapping patches take."""
        return sum(size for size in self.kernel if size > 1)

    def of(self, value: Value, rewriter: Rewriter) -> Value:
        """The patches of a value ``[batch, *spatial, features]``, which has its padding."""
        if self.are_blocks:
            return self._blocks(value, rewriter)
        # The last dimension first: so the others move what lies together as a whole.
        for axis in reversed(range(len(self.kernel))):
            value = self._along(value, axis, rewriter)
        return value

    def _count(self, value: Value, axis: int) -> int:
        """Count the window's positions along a dimension."""
        size = shape_of(value)[axis + 1]
        return int((size - self.extents[axis]) // self.strides[axis] + 1)

    def _along(self, value: Value, axis: int, rewriter: Rewriter) -> Value:
        """The patches along one dimension."""
        count, stride = self._count(value, axis), self.strides[axis]
        starts = [place * self.dilation[axis] for place in range(self.kernel[axis])]
        slices = [
            _sliced(value, axis + 1, (start, start + (count - 1) * stride + 1, stride), rewriter)
            for start in starts
        ]
        return concatenate_last(slices, rewriter)

    def _blocks(self, value: Value, rewriter: Rewriter) -> Value:
        """Patches side by side: no element is moved more than once per dimension but the last.

        A block's rows are exchanged with the columns of blocks, dimension by dimension from the
        last but one: each time that is a transposition of ``[places, rows, columns, features]``.
        """
        counts = [self._count(value, axis) for axis in range(len(self.kernel))]
        for axis, (count, size) in enumerate(zip(counts, self.kernel, strict=True)):
            value = _sliced(value, axis + 1, (0, count * size, 1), rewriter)
        batch, *_, features = shape_of(value)
        shape = (batch, *counts, math.prod(self.kernel) * features)
        if len(counts) == 2 and len(set(self.kernel)) == 1:
            attributes = {"block_size": self.kernel[0]}
            kind = tensor_type(shape, dtype_of(value))
            return rewriter.op("tfl.space_to_depth", [value], kind, attributes)
        for axis in reversed(range(len(counts) - 1)):
            columns = math.prod(counts[axis + 1 :])
            elements = math.prod(self.kernel[axis + 1 :]) * features
            places = math.prod(shape_of(value)) // (self.kernel[axis] * columns * elements)
            apart = (places, self.kernel[axis], columns, elements)
            value = transpose(reshape(value, apart, rewriter), (0, 2, 1, 3), rewriter)
        return reshape(value, shape, rewriter)


def _sliced(value: Value, axis: int, along: tuple[int, int, int], rewriter: Rewriter) -> Value:
    """A slice along one dimension: its start, limit and stride; the value if that is all of it."""
    shape = list(shape_of(value))
    start, limit, stride = along
    if (start, limit, stride) == (0, shape[axis], 1):
        return value
    attributes = {
        "start_indices": tuple(start if i == axis else 0 for i in range(len(shape))),
        "limit_indices": tuple(limit if i == axis else size for i, size in enumerate(shape)),
        "strides": tuple(stride if i == axis else 1 for i in range(len(shape))),
    }
    shape[axis] = (limit - start - 1) // stride + 1
    kind = tensor_type(tuple(shape), dtype_of(value))
    return rewriter.op("stablehlo.slice", [value], kind, attributes)
