"""Legalize convolutions with a weight to LiteRT's, with the kernel stored as they read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.stablehlo.mlir.dimension_numbers import ConvolutionDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    flags,
    integer,
    is_static,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.dynamic_sizes import varies
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import (
    concatenate_last,
    reshape,
    slice_last,
    transpose,
)
from litert_ir.stablehlo.rewrites.engine.windows import (
    Pads,
    Window,
    is_always_same,
    is_zero,
)
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.weights.simplify import (
    flipped,
    reshaped,
    sliced_along,
    transposed,
)

_ONE_DIMENSION = 3


@pattern("stablehlo.convolution")
def convolve(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a convolution with a weight to `tfl.conv_2d`, its kernel stored as ``[o, 0, 1, i]``.

    Before:
        func.func @main(%x: tensor<1x3x3x2xf32>, %w: tensor<2x2x2x4xf32>
            {litert_ir.weight = "kernel"}) -> tensor<1x2x2x4xf32> {
          %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
              window = {stride = [1, 1]} {batch_group_count = 1 : i64,
              feature_group_count = 1 : i64} : (tensor<1x3x3x2xf32>, tensor<2x2x2x4xf32>)
              -> tensor<1x2x2x4xf32>
          return %0 : tensor<1x2x2x4xf32>
        }

    After:
        func.func @main(%x: tensor<1x3x3x2xf32>) -> tensor<1x2x2x4xf32> {
          %0 = "litert_ir.weight"() {value = "transpose(kernel, [3, 0, 1, 2])"} : ()
              -> tensor<4x2x2x2xf32>
          %cst = stablehlo.constant dense<0.000000e+00> : tensor<4xf32>
          %1 = "tfl.conv_2d"(%x, %0, %cst) <{dilation_h_factor = 1 : i32,
              dilation_w_factor = 1 : i32, fused_activation_function = "NONE", padding = "VALID",
              stride_h = 1 : i32, stride_w = 1 : i32}> : (tensor<1x3x3x2xf32>, tensor<4x2x2x2xf32>,
              tensor<4xf32>) -> tensor<1x2x2x4xf32>
          return %1 : tensor<1x2x2x4xf32>
        }

    It becomes `tfl.depthwise_conv_2d` where each feature is a group of its own, and `tfl.conv_3d`
    in three dimensions; in one dimension the input gets a second one of size 1. Padding that is
    neither ``SAME`` nor ``VALID`` becomes a `stablehlo.pad` in front.
    """
    layout = ConvolutionDimensions.of(op)
    kernel = upright_kernel(op, layout, rewriter)
    if kernel is None or not is_static(op.results[0]) or dtype_of(op.results[0]) != "float32":
        return False
    window = Window.of(op, layout)
    if max(window.input_dilation, default=1) > 1 or integer(op, "batch_group_count", 1) > 1:
        return False
    if not 1 <= len(window.kernel) <= 3:
        return False
    order = (layout.inputs[0], *layout.inputs[2:], layout.inputs[1])
    value = transpose(op.operands[0], order, rewriter)
    result = _Convolution(value, kernel, window).emit(rewriter)
    back = (0, len(order) - 1, *range(1, len(order) - 1))
    inverse = np.argsort(layout.outputs)
    return rewriter.replace(op, transpose(result, [back[axis] for axis in inverse], rewriter))


class _Convolution:
    """A convolution of a value ``[batch, *spatial, features]``."""

    def __init__(self, value: Value, kernel: WeightExpr, window: Window) -> None:
        self.value = value
        self.kernel = kernel
        self.window = window

    def emit(self, rewriter: Rewriter) -> Value:
        """The result, ``[batch, *spatial, features]``."""
        padding, value = pad_for(self.value, self.window, rewriter)
        outputs = self._output_sizes(value)
        units = self.kernel.shape[0]
        batch = shape_of(value)[0]
        if len(outputs) == 3:
            return self._conv_3d(value, padding, (batch, *outputs, units), rewriter)
        rows = outputs if len(outputs) == 2 else (1, *outputs)
        value = _as_image(value, rewriter)
        result = self._conv_2d(value, padding, (batch, *rows, units), rewriter)
        return reshape(result, (batch, *outputs, units), rewriter)

    def _output_sizes(self, padded: Value) -> tuple[int, ...]:
        window = self.window
        pads = window.pads if shape_of(padded)[1:-1] == window.sizes else ((0, 0),) * 3
        return tuple(
            (size + sum(pad) - extent) // stride + 1
            for size, pad, extent, stride in zip(
                shape_of(padded)[1:-1], pads, window.extents, window.strides, strict=False
            )
        )

    def _conv_2d(
        self, value: Value, padding: str, shape: tuple[int, ...], rewriter: Rewriter
    ) -> Value:
        units, depth, *spatial = self.kernel.shape
        height, width = ([1] if len(spatial) == 1 else []) + spatial
        kernel = reshaped(self.kernel, (units, depth, height, width))
        attributes = _attributes_2d(self.window, padding)
        features = shape_of(value)[-1]
        if depth == 1 and self.window.groups == features:
            weight = rewriter.weight(transposed(kernel, (1, 2, 3, 0)))
            attributes["depth_multiplier"] = units // features
            name = "tfl.depthwise_conv_2d"
        else:
            weight = rewriter.weight(transposed(kernel, (0, 2, 3, 1)))
            name = "tfl.conv_2d"
        operands = [value, weight, zero_bias(self.kernel.shape[0], rewriter)]
        return rewriter.op(name, operands, tensor_type(shape, "float32"), attributes)

    def _conv_3d(
        self, value: Value, padding: str, shape: tuple[int, ...], rewriter: Rewriter
    ) -> Value:
        """One `tfl.conv_3d` per group: its kernel has no groups."""
        groups = self.window.groups
        units, depth = self.kernel.shape[0] // groups, self.kernel.shape[1]
        attributes = attributes_3d(self.window.strides, self.window.dilation, padding)
        kind = tensor_type((*shape[:-1], units), "float32")
        results = []
        for group in range(groups):
            features = slice_last(value, group * depth, (group + 1) * depth, rewriter)
            kernel = sliced_along(self.kernel, 0, group * units, (group + 1) * units)
            weight = rewriter.weight(transposed(kernel, (2, 3, 4, 1, 0)))
            operands = [features, weight, zero_bias(units, rewriter)]
            results.append(rewriter.op("tfl.conv_3d", operands, kind, attributes))
        return concatenate_last(results, rewriter)


def upright_kernel(
    op: Operation, layout: ConvolutionDimensions, rewriter: Rewriter
) -> WeightExpr | None:
    """The kernel as ``[out, in / groups, *spatial]``; None if it is no weight."""
    kernel = rewriter.expr(op.operands[1])
    if kernel is None:
        return None
    upright = transposed(kernel, layout.kernel)
    if "window_reversal" not in op.attributes:
        return upright
    reversed_axes = [axis for axis, turned in enumerate(flags(op, "window_reversal"), 2) if turned]
    return flipped(upright, reversed_axes)


def zero_bias(units: int, rewriter: Rewriter) -> Value:
    """The zero bias of a convolution without one: its kernel requires an operand."""
    return rewriter.constant(np.zeros((units,), np.float32))


def pad_for(value: Value, window: Window, rewriter: Rewriter) -> tuple[str, Value]:
    """The kernel's padding mode, and the value, padded if the kernel cannot do it."""
    if _is_same(value, window, rewriter):
        return "SAME", value
    if is_zero(window.pads):
        return "VALID", value
    return "VALID", pad_spatially(value, window.pads, rewriter)


def _is_same(value: Value, window: Window, rewriter: Rewriter) -> bool:
    """Tell whether a window's padding is ``SAME``; where sizes vary, at all of them."""
    if varies(value, rewriter):
        always = is_always_same(window.pads, window.extents, window.strides)
        return window.padded_same or (always and not is_zero(window.pads))
    return window.pads == window.same_pads() and not is_zero(window.pads)


def pad_spatially(value: Value, pads: Pads, rewriter: Rewriter) -> Value:
    """The value ``[batch, *spatial, features]`` with zeros around it."""
    return pad_around(value, ((0, 0), *pads, (0, 0)), rewriter)


def pad_around(value: Value, widths: Pads, rewriter: Rewriter, *, fill: float = 0.0) -> Value:
    """The value with zeros, or another number, before and after it in each dimension."""
    sizes = [size + sum(pad) for size, pad in zip(shape_of(value), widths, strict=True)]
    element = rewriter.constant(np.array(fill, dtype_of(value)))
    attributes = {
        "edge_padding_low": tuple(low for low, _ in widths),
        "edge_padding_high": tuple(high for _, high in widths),
        "interior_padding": (0,) * len(widths),
    }
    kind = tensor_type(tuple(sizes), dtype_of(value))
    return rewriter.op("stablehlo.pad", [value, element], kind, attributes)


def _as_image(value: Value, rewriter: Rewriter) -> Value:
    shape = shape_of(value)
    if len(shape) > _ONE_DIMENSION:
        return value
    return reshape(value, (shape[0], 1, *shape[1:]), rewriter)


def _attributes_2d(window: Window, padding: str) -> dict[str, Any]:
    rows = (1,) * (2 - len(window.strides))
    strides, dilation = (*rows, *window.strides), (*rows, *window.dilation)
    return {
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": dilation[0],
        "dilation_w_factor": dilation[1],
        "padding": padding,
        "fused_activation_function": "NONE",
    }


def attributes_3d(strides: Sequence[int], dilation: Sequence[int], padding: str) -> dict[str, Any]:
    """The attributes of `tfl.conv_3d` and `tfl.conv_3d_transpose`."""
    named = zip("dhw", strides, dilation, strict=True)
    attributes: dict[str, Any] = {"padding": padding, "fused_activation_function": "NONE"}
    for axis, stride, factor in named:
        attributes[f"stride_{axis}"] = stride
        attributes[f"dilation_{axis}_factor"] = factor
    return attributes
