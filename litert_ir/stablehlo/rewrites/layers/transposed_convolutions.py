"""Legalize transposed convolutions, in every form that tracers give them."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.dimension_numbers import ConvolutionDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integer,
    is_static,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape, transpose
from litert_ir.stablehlo.rewrites.engine.windows import Pads, Window
from litert_ir.stablehlo.rewrites.layers.convolutions import (
    attributes_3d,
    pad_around,
    upright_kernel,
)
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.weights.simplify import flipped, reshaped, transposed


@pattern("stablehlo.convolution")
def convolve_transposed(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a convolution over a dilated input to `tfl.transpose_conv`.

    Before:
        func.func @main(%x: tensor<1x2x2x1xf32>, %w: tensor<3x1x2x2xf32>
            {litert_ir.weight = "kernel"}) -> tensor<1x4x4x3xf32> {
          %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f],
              window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [2, 2]}
              {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x2x2x1xf32>,
              tensor<3x1x2x2xf32>) -> tensor<1x4x4x3xf32>
          return %0 : tensor<1x4x4x3xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x4x3xf32> {
          %c = stablehlo.constant dense<[1, 4, 4, 3]> : tensor<4xi32>
          %0 = "litert_ir.weight"()
              {value = "transpose(reverse(kernel, dims = [2, 3]), [0, 2, 3, 1])"} : ()
              -> tensor<3x2x2x1xf32>
          %1 = "tfl.no_value"() <{value}> : () -> none
          %2 = "tfl.transpose_conv"(%c, %0, %x, %1) <{fused_activation_function = "NONE",
              padding = "SAME", stride_h = 2 : i32, stride_w = 2 : i32}> : (tensor<4xi32>,
              tensor<3x2x2x1xf32>, tensor<1x2x2x1xf32>, none) -> tensor<1x4x4x3xf32>
          return %2 : tensor<1x4x4x3xf32>
        }

    The kernel is reversed, and stored as ``[o, 0, 1, i]``. It becomes `tfl.conv_3d_transpose` in
    three dimensions; in one dimension the input gets a second one of size 1. What the kernel's two
    paddings do not give is cut off, or added, behind it. Source:
    tensorflow/lite/kernels/internal/reference/reference_ops.h, ``TransposeConv``: output position =
    input position * stride - padding + kernel position.
    """
    layout = ConvolutionDimensions.of(op)
    kernel = upright_kernel(op, layout, rewriter)
    if kernel is None or not is_static(op.results[0]) or dtype_of(op.results[0]) != "float32":
        return False
    window = Window.of(op, layout)
    if max(window.input_dilation, default=1) == 1 or len(window.kernel) > 3:
        return False
    if set(window.strides) != {1} or window.groups > 1 or integer(op, "batch_group_count", 1) > 1:
        return False
    order = (layout.inputs[0], *layout.inputs[2:], layout.inputs[1])
    value = transpose(op.operands[0], order, rewriter)
    result = _Transposed(value, kernel, window).emit(rewriter)
    back = (0, len(order) - 1, *range(1, len(order) - 1))
    inverse = np.argsort(layout.outputs)
    return rewriter.replace(op, transpose(result, [back[axis] for axis in inverse], rewriter))


class _Transposed:
    """A transposed convolution of a value ``[batch, *spatial, features]``.

    A dilated kernel is filled with zeros: LiteRT's kernels have no dilation here.
    """

    def __init__(self, value: Value, kernel: WeightExpr, window: Window) -> None:
        self.value = value
        self.window = window
        self.kernel = flipped(kernel, range(2, 2 + len(window.kernel)))

    def emit(self, rewriter: Rewriter) -> Value:
        """The result, ``[batch, *spatial, features]``."""
        window = self.window
        batch, *sizes, _ = shape_of(self.value)
        full = tuple(
            (size - 1) * stride + extent
            for size, stride, extent in zip(
                sizes, window.input_dilation, window.kernel, strict=True
            )
        )
        reach = zip(window.pads, window.kernel, strict=True)
        margins = tuple((low - size + 1, high - size + 1) for (low, high), size in reach)
        units = self.kernel.shape[0]
        emit = self._conv_3d if len(full) == 3 else self._conv_2d
        if self._is_same(full, margins):
            outputs = (size + low + high for size, (low, high) in zip(full, margins, strict=True))
            return emit((batch, *outputs, units), "SAME", rewriter)
        result = emit((batch, *full, units), "VALID", rewriter)
        return crop_or_pad(result, margins, rewriter)

    def _is_same(self, full: tuple[int, ...], margins: Pads) -> bool:
        """Tell whether the kernel's padding ``SAME`` crops these margins.

        Source: tensorflow/lite/kernels/padding.h, for a result that is as many times larger
        as there are strides.
        """
        window = self.window
        return all(
            extent + low + high == size * stride and -low == (kernel - stride) // 2 >= 0
            for extent, (low, high), size, stride, kernel in zip(
                full, margins, window.sizes, window.input_dilation, window.kernel, strict=True
            )
        )

    def _conv_2d(self, shape: tuple[int, ...], padding: str, rewriter: Rewriter) -> Value:
        batch, *full, units = shape
        rows = [1] * (2 - len(full))
        depth = self.kernel.shape[1]
        image = (units, depth, *rows, *self.window.kernel)
        weight = rewriter.weight(transposed(reshaped(self.kernel, image), (0, 2, 3, 1)))
        sizes = (batch, *rows, *full, units)
        value = reshape(self.value, (batch, *rows, *shape_of(self.value)[1:-1], depth), rewriter)
        strides = (*rows, *self.window.input_dilation)
        operands = [
            rewriter.constant(np.array(sizes, np.int32)),
            weight,
            value,
            rewriter.no_value(),
        ]
        attributes = {
            "padding": padding,
            "stride_h": strides[0],
            "stride_w": strides[1],
            "fused_activation_function": "NONE",
        }
        kind = tensor_type(sizes, "float32")
        result = rewriter.op("tfl.transpose_conv", operands, kind, attributes)
        return reshape(result, shape, rewriter)

    def _conv_3d(self, shape: tuple[int, ...], padding: str, rewriter: Rewriter) -> Value:
        weight = rewriter.weight(transposed(self.kernel, (2, 3, 4, 0, 1)))
        sizes = rewriter.constant(np.array(shape, np.int32))
        operands = [sizes, weight, self.value, rewriter.no_value()]
        attributes = attributes_3d(self.window.input_dilation, (1, 1, 1), padding)
        kind = tensor_type(shape, "float32")
        return rewriter.op("tfl.conv_3d_transpose", operands, kind, attributes)


def crop_or_pad(value: Value, margins: Pads, rewriter: Rewriter) -> Value:
    """The value ``[batch, *spatial, features]`` with zeros added, or cut off where negative."""
    if not any(map(any, margins)):
        return value
    widths = ((0, 0), *margins, (0, 0))
    shape = shape_of(value)
    starts = tuple(max(0, -low) for low, _ in widths)
    limits = tuple(size - max(0, -high) for size, (_, high) in zip(shape, widths, strict=True))
    kept = tuple(limit - start for start, limit in zip(starts, limits, strict=True))
    if kept != shape:
        attributes = {"start_indices": starts, "limit_indices": limits, "strides": (1,) * len(kept)}
        kind = tensor_type(kept, dtype_of(value))
        value = rewriter.op("stablehlo.slice", [value], kind, attributes)
    added = tuple((max(0, low), max(0, high)) for low, high in widths)
    if not any(map(any, added)):
        return value
    return pad_around(value, added, rewriter)
