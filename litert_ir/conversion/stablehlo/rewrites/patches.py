"""Patches of images become slices of them, side by side."""

from __future__ import annotations

from typing import Any

from litert_ir.backends.mlir import ir
from litert_ir.conversion.stablehlo.rewrites.convolutions import pad_spatially
from litert_ir.conversion.stablehlo.rewrites.mlir_values import (
    dtype_of,
    shape_of,
    tensor_type,
    text,
)
from litert_ir.conversion.stablehlo.rewrites.pattern import pattern
from litert_ir.conversion.stablehlo.rewrites.rewriter import Rewriter
from litert_ir.conversion.stablehlo.rewrites.shaping import concatenate_last
from litert_ir.conversion.stablehlo.rewrites.windows import same_pads

_MOST_SLICES = 64


@pattern("tf.ExtractImagePatches")
def extract_patches(op: Any, rewriter: Rewriter) -> bool:
    """Each pixel of a patch is a slice of the image; where patches do not overlap, a block.

    Before: ``stablehlo.custom_call @tf.ExtractImagePatches(%x) {ksizes = [1, 2, 2, 1]}``
    After: ``"tfl.space_to_depth"(%x) {block_size = 2}`` for patches side by side; otherwise a
    `stablehlo.slice` for each pixel, and ``stablehlo.concatenate`` of them.
    """
    kernel, strides, rates = (_spatial(op, name) for name in ("ksizes", "strides", "rates"))
    value, sizes = op.operands[0], shape_of(op.operands[0])[1:3]
    outputs = shape_of(op.results[0])[1:3]
    side_by_side = kernel == strides and kernel[0] == kernel[1] and rates == (1, 1)
    if side_by_side and sizes == tuple(size * kernel[0] for size in outputs):
        attributes = {"block_size": kernel[0]}
        blocks = rewriter.op("tfl.space_to_depth", [value], op.results[0].type, attributes)
        return rewriter.replace(op, blocks)
    if kernel[0] * kernel[1] > _MOST_SLICES:
        return False
    if text(op, "padding") == "SAME":
        extents = [(size - 1) * rate + 1 for size, rate in zip(kernel, rates, strict=True)]
        value = pad_spatially(value, tuple(map(same_pads, sizes, extents, strides)), rewriter)
    slices = [
        _slice(value, (row * rates[0], column * rates[1]), strides, outputs, rewriter)
        for row in range(kernel[0])
        for column in range(kernel[1])
    ]
    return rewriter.replace(op, concatenate_last(slices, rewriter))


def _spatial(op: Any, name: str) -> tuple[int, int]:
    """The two numbers in the middle of an attribute for four dimensions."""
    _, rows, columns, _ = (int(ir.IntegerAttr(item).value) for item in op.attributes[name])
    return rows, columns


def _slice(
    value: Any,
    start: tuple[int, int],
    strides: tuple[int, int],
    outputs: tuple[int, ...],
    rewriter: Rewriter,
) -> Any:
    batch, *_, features = shape_of(value)
    limits = [
        first + (count - 1) * stride + 1
        for first, count, stride in zip(start, outputs, strides, strict=True)
    ]
    attributes = {
        "start_indices": (0, *start, 0),
        "limit_indices": (batch, *limits, features),
        "strides": (1, *strides, 1),
    }
    kind = tensor_type((batch, *outputs, features), dtype_of(value))
    return rewriter.op("stablehlo.slice", [value], kind, attributes)
