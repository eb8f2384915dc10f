"""Extract patches of images by convolutions, which find the number of windows when they run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.interfaces import Value
from litert_ir.stablehlo.mlir.values import shape_of, tensor_type
from litert_ir.stablehlo.rewrites.engine.literals import literal
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import concatenate_last
from litert_ir.stablehlo.rewrites.layers.convolutions import zero_bias
from litert_ir.stablehlo.rewrites.tensorflow_ops.window_slices import Patches

_SMALL = 1 << 14
"""Elements of an identity matrix, 64 KB, up to which one convolution with it is the cheapest."""


def convolved_patches(value: Value, patches: Patches, padding: str, rewriter: Rewriter) -> Value:
    """The patches of float32 images ``[batch, rows, columns, features]``.

    An identity matrix has (p²c)² elements for p x p pixels of c features. Where that is large, one
    of (pc)² takes the columns, and a depthwise convolution with a single one takes each of their
    rows: p³c elements, and a p-th of the products.

    Args:
        value: The images.
        patches: The patches to extract.
        padding: ``SAME`` or ``VALID``.
        rewriter: Makes the operations.
    """
    rows, columns = patches.kernel
    features = shape_of(value)[-1]
    if (rows * columns * features) ** 2 <= _SMALL:
        return _Stage(patches, padding).convolved(value, (rows, columns), rewriter)
    across = _Stage(_along(patches, 1), padding).convolved(value, (1, columns), rewriter)
    down = _Stage(_along(patches, 0), padding)
    taken = [down.taken(across, row, rewriter) for row in range(rows)]
    return concatenate_last(taken, rewriter)


def _along(patches: Patches, axis: int) -> Patches:
    """Return the patches along one dimension alone."""

    def alone(numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(number if i == axis else 1 for i, number in enumerate(numbers))

    return Patches(
        kernel=alone(patches.kernel),
        strides=alone(patches.strides),
        dilation=alone(patches.dilation),
    )


class _Stage:
    """Convolutions with the window of some patches."""

    def __init__(self, patches: Patches, padding: str) -> None:
        self.patches = patches
        self.padding = padding

    def convolved(self, value: Value, kernel: tuple[int, int], rewriter: Rewriter) -> Value:
        """All elements of each patch, by an identity matrix."""
        features = shape_of(value)[-1]
        units = math.prod(kernel) * features
        matrix = np.eye(units, dtype=np.float32).reshape(units, *kernel, features)
        return self._made("tfl.conv_2d", value, matrix, units, rewriter)

    def taken(self, value: Value, row: int, rewriter: Rewriter) -> Value:
        """One row of each patch, with its features."""
        features = shape_of(value)[-1]
        ones = np.zeros((1, self.patches.kernel[0], 1, features), np.float32)
        ones[0, row] = 1
        return self._made("tfl.depthwise_conv_2d", value, ones, features, rewriter)

    def _made(
        self, name: str, value: Value, kernel: NDArray[Any], units: int, rewriter: Rewriter
    ) -> Value:
        attributes: dict[str, Any] = {
            "padding": self.padding,
            "fused_activation_function": "NONE",
        }
        moves = zip("hw", self.patches.strides, self.patches.dilation, strict=True)
        for axis, stride, factor in moves:
            attributes[f"stride_{axis}"] = stride
            attributes[f"dilation_{axis}_factor"] = factor
        if name == "tfl.depthwise_conv_2d":
            attributes["depth_multiplier"] = 1
        weight = rewriter.weight(literal(kernel))
        shape = (shape_of(value)[0], *self._outputs(value), units)
        operands = [value, weight, zero_bias(units, rewriter)]
        return rewriter.op(name, operands, tensor_type(shape, "float32"), attributes)

    def _outputs(self, value: Value) -> tuple[int, ...]:
        """Count the window's positions along each dimension."""
        moves = zip(shape_of(value)[1:-1], self.patches.extents, self.patches.strides, strict=True)
        if self.padding == "SAME":
            return tuple(-(-size // stride) for size, _, stride in moves)
        return tuple((size - extent) // stride + 1 for size, extent, stride in moves)
