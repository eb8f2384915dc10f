"""The geometry of convolutions and pools, and the padding mode of LiteRT's kernels for it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.dimension_numbers import ConvolutionDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.locations import SAME_MARK
from litert_ir.stablehlo.mlir.values import array_of, integer, integers, reducer_of, shape_of

Pads = tuple[tuple[int, int], ...]


@attrs.frozen(kw_only=True)
class Window:
    """The window of a kernel over the spatial dimensions; one entry per dimension.

    Attributes:
        sizes: The input's sizes.
        kernel: The kernel's sizes.
        strides: Steps of the window.
        pads: Zeros before and after the input; negative ones cut off.
        input_dilation: 1 + the zeros between each two elements of the input.
        dilation: 1 + the zeros between each two elements of the kernel.
        groups: Into how many groups the features fall.
        padded_same: Whether the model pads by ``SAME``, whatever the sizes are.
    """

    sizes: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    pads: Pads
    input_dilation: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    padded_same: bool

    @classmethod
    def of(cls, op: Operation, dimensions: ConvolutionDimensions) -> Window:
        """Read the window of a `stablehlo.convolution`."""
        inputs, kernel = shape_of(op.operands[0]), shape_of(op.operands[1])
        rank = len(inputs) - 2
        ones = (1,) * rank
        return cls(
            sizes=tuple(inputs[axis] for axis in dimensions.inputs[2:]),
            kernel=tuple(kernel[axis] for axis in dimensions.kernel[2:]),
            strides=integers(op, "window_strides", ones),
            pads=_pads(op, rank),
            input_dilation=integers(op, "lhs_dilation", ones),
            dilation=integers(op, "rhs_dilation", ones),
            groups=integer(op, "feature_group_count", 1),
            padded_same=SAME_MARK in op.attributes,
        )

    @property
    def extents(self) -> tuple[int, ...]:
        """The sizes of the dilated kernel."""
        return tuple(
            (size - 1) * dilation + 1
            for size, dilation in zip(self.kernel, self.dilation, strict=True)
        )

    def same_pads(self) -> Pads:
        """Compute the padding of ``SAME``; source: tensorflow/lite/kernels/padding.h."""
        return tuple(map(same_pads, self.sizes, self.extents, self.strides))


def _pads(op: Operation, rank: int) -> Pads:
    if "padding" not in op.attributes:
        return ((0, 0),) * rank
    values = array_of(op.attributes["padding"], (rank, 2), "int64")
    return tuple((int(low), int(high)) for low, high in values)


@attrs.frozen(kw_only=True)
class ReduceWindow:
    """A `stablehlo.reduce_window`; one entry per dimension of its input.

    Attributes:
        reducer: The operation that puts two elements together.
        inputs: The input's sizes.
        sizes: The window's sizes.
        strides: Steps of the window.
        pads: Initial values before and after the input.
        padded_same: Whether the model pads by ``SAME``, whatever the sizes are.
    """

    reducer: str
    inputs: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    pads: Pads
    padded_same: bool = False

    @classmethod
    def of(cls, op: Operation) -> ReduceWindow | None:
        """Read an operation's window; None if it is dilated, or reduces several values at once."""
        inputs = shape_of(op.operands[0])
        ones = (1,) * len(inputs)
        dilations = (integers(op, name, ones) for name in ("base_dilations", "window_dilations"))
        reducer = reducer_of(op)
        if reducer is None or any(dilation != ones for dilation in dilations):
            return None
        return cls(
            reducer=reducer,
            inputs=inputs,
            sizes=integers(op, "window_dimensions", ones),
            strides=integers(op, "window_strides", ones),
            pads=_pads(op, len(inputs)),
            padded_same=SAME_MARK in op.attributes,
        )

    @property
    def axes(self) -> tuple[int, ...]:
        """The dimensions that are reduced, strided or padded."""
        moves = zip(self.sizes, self.strides, self.pads, strict=True)
        return tuple(axis for axis, move in enumerate(moves) if move != (1, 1, (0, 0)))

    def counts_inside(self) -> NDArray[np.int64]:
        """Count the elements of each window inside of the input; 1 in other dimensions."""
        counts = np.ones((1,) * len(self.inputs), np.int64)
        for axis in self.axes:
            along = [1] * len(self.inputs)
            along[axis] = -1
            counts = counts * self._counts_along(axis).reshape(along)
        return counts

    def _counts_along(self, axis: int) -> NDArray[np.int64]:
        size, extent, stride = self.inputs[axis], self.sizes[axis], self.strides[axis]
        low, high = self.pads[axis]
        outputs = (size + low + high - extent) // stride + 1
        starts = np.arange(outputs) * stride - low
        return np.minimum(starts + extent, size) - np.maximum(starts, 0)


def same_pads(size: int, extent: int, stride: int) -> tuple[int, int]:
    """Compute a dimension's ``SAME`` padding; source: tensorflow/lite/kernels/padding.h."""
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def is_always_same(pads: Pads, extents: Sequence[int], strides: Sequence[int]) -> bool:
    """Tell whether ``SAME`` pads so much along each dimension, whatever its size is."""
    return all(
        pad == ((extent - 1) // 2, extent // 2) and (stride == 1 or extent == 1)
        for pad, extent, stride in zip(pads, extents, strides, strict=True)
    )


def is_zero(pads: Sequence[tuple[int, int]]) -> bool:
    """Tell whether nothing is padded."""
    return all(pad == (0, 0) for pad in pads)
