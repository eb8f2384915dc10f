"""Extract patches of images and volumes: the elements in a window at each of its positions."""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.dimension_numbers import ConvolutionDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    flags,
    integer,
    is_static,
    items,
    op_name,
    shape_of,
    text,
    users,
)
from litert_ir.stablehlo.rewrites.canonicalize.identity_matrices import is_identity
from litert_ir.stablehlo.rewrites.engine.dynamic_sizes import varies
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import transpose
from litert_ir.stablehlo.rewrites.engine.windows import Window, is_zero, same_pads
from litert_ir.stablehlo.rewrites.layers.convolutions import pad_for, pad_spatially
from litert_ir.stablehlo.rewrites.tensorflow_ops.patch_convolutions import convolved_patches
from litert_ir.stablehlo.rewrites.tensorflow_ops.window_slices import MOST_SLICES, Patches


@pattern(
    "stablehlo.convolution",
    before={"convolve": "The identity matrix would be stored, and multiplied with."},
)
def patches_of_convolution(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a convolution whose kernel is an identity matrix to the patches that it extracts.

    Before:
        func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x1x1x4xf32> {
          %0 = stablehlo.custom_call @litert_ir.identity() : () -> tensor<2x2x1x4xf32>
          %1 = stablehlo.convolution(%x, %0) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
              window = {stride = [2, 2]} {batch_group_count = 1 : i64,
              feature_group_count = 1 : i64} : (tensor<1x2x2x1xf32>, tensor<2x2x1x4xf32>)
              -> tensor<1x1x1x4xf32>
          return %1 : tensor<1x1x1x4xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x1x1x4xf32> {
          %0 = "tfl.space_to_depth"(%x) <{block_size = 2 : i32}> : (tensor<1x2x2x1xf32>)
              -> tensor<1x1x1x4xf32>
          return %0 : tensor<1x1x1x4xf32>
        }

    Keras extracts patches so, with a kernel of p²c x p²c elements for p x p pixels. See `Patches`
    for what it becomes.
    """
    layout = ConvolutionDimensions.of(op)
    if not _is_upright(layout) or not is_static(op.results[0]) or _is_dilated_later(op):
        return False
    if not is_identity(op.operands[1], rewriter):
        return False
    window = Window.of(op, layout)
    if max(window.input_dilation, default=1) > 1 or window.groups > 1 or _is_turned(op):
        return False
    order = (layout.inputs[0], *layout.inputs[2:], layout.inputs[1])
    result = _patches(transpose(op.operands[0], order, rewriter), window, rewriter)
    if result is None:
        return False
    back = (0, len(order) - 1, *range(1, len(order) - 1))
    inverse = np.argsort(layout.outputs)
    return rewriter.replace(op, transpose(result, [back[axis] for axis in inverse], rewriter))


def _patches(value: Value, window: Window, rewriter: Rewriter) -> Value | None:
    """The patches of a value ``[batch, *spatial, features]``; None where nothing is gained."""
    patches = Patches(kernel=window.kernel, strides=window.strides, dilation=window.dilation)
    varying = varies(value, rewriter)
    is_image = len(window.kernel) == 2 and dtype_of(value) == "float32"
    if is_image and (varying or not patches.are_blocks):
        padding, value = pad_for(value, window, rewriter)
        return convolved_patches(value, patches, padding, rewriter)
    if varying or not (patches.are_blocks or patches.slices <= MOST_SLICES):
        return None
    padded = value if is_zero(window.pads) else pad_spatially(value, window.pads, rewriter)
    return patches.of(padded, rewriter)


def _is_dilated_later(op: Operation) -> bool:
    """Tell whether it stands for a dilated convolution, which `dilate` makes of it."""
    return any(op_name(user) == "tf.BatchToSpaceND" for user in users(op.results[0]))


def _is_upright(layout: ConvolutionDimensions) -> bool:
    """Tell whether a kernel is ``[*spatial, in, out]``."""
    rank = len(layout.kernel)
    return layout.kernel == (rank - 1, rank - 2, *range(rank - 2))


def _is_turned(op: Operation) -> bool:
    """Tell whether the kernel is reversed, or batches are groups."""
    return any(flags(op, "window_reversal")) or integer(op, "batch_group_count", 1) > 1


@pattern("tf.ExtractImagePatches")
def extract_patches(op: Operation, rewriter: Rewriter) -> bool:
    """Lower TensorFlow's patches of images, side by side ones to `tfl.space_to_depth`.

    Before:
        func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x1x1x4xf32> {
          %0 = stablehlo.custom_call @tf.ExtractImagePatches(%x) {ksizes = [1, 2, 2, 1],
              strides = [1, 2, 2, 1], rates = [1, 1, 1, 1], padding = "VALID"}
              : (tensor<1x2x2x1xf32>) -> tensor<1x1x1x4xf32>
          return %0 : tensor<1x1x1x4xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x1x1x4xf32> {
          %0 = "tfl.space_to_depth"(%x) <{block_size = 2 : i32}> : (tensor<1x2x2x1xf32>)
              -> tensor<1x1x1x4xf32>
          return %0 : tensor<1x1x1x4xf32>
        }

    Others become a `stablehlo.slice` for each row and each column of a patch, and a
    ``stablehlo.concatenate``; see `Patches`.
    """
    kernel, strides, rates = (_spatial(op, name) for name in ("ksizes", "strides", "rates"))
    value, padding = op.operands[0], text(op, "padding")
    patches = Patches(kernel=kernel, strides=strides, dilation=rates)
    if varies(value, rewriter) and dtype_of(value) == "float32":
        return rewriter.replace(op, convolved_patches(value, patches, padding, rewriter))
    if not patches.are_blocks and patches.slices > MOST_SLICES:
        return False
    if padding == "SAME":
        pads = map(same_pads, shape_of(value)[1:-1], patches.extents, strides)
        value = pad_spatially(value, tuple(pads), rewriter)
    return rewriter.replace(op, patches.of(value, rewriter))


def _spatial(op: Operation, name: str) -> tuple[int, int]:
    """The two numbers in the middle of an attribute for four dimensions."""
    _, rows, columns, _ = map(int, items(op.attributes[name]))
    return rows, columns
