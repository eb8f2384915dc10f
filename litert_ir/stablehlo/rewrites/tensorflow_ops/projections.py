"""Images that are seen through an affine or projective transformation."""

from __future__ import annotations

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    shape_of,
    tensor_type,
    text,
)
from litert_ir.stablehlo.rewrites.engine.formula import Formula
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast, reshape, slice_last

_MARGINS = {"CONSTANT": 1, "NEAREST": 0}
"""How far the pixels that may be looked at go beyond an image, by what lies there."""


@pattern("tf.ImageProjectiveTransformV3")
def transform_image(op: Operation, rewriter: Rewriter) -> bool:
    """Pixels are gathered from where a transformation says, and mixed.

    Before: ``stablehlo.custom_call @tf.ImageProjectiveTransformV3(%x, %matrices, %size, %fill)``
    After: ``stablehlo.pad`` of one pixel around the image, for each pixel of the result its
    place in the image, limited to that, ``"tfl.gather"`` of the one or the four pixels there,
    and their mean.
    """
    image, matrices, _, fill = op.operands
    margin = _MARGINS.get(text(op, "fill_mode"))
    if margin is None:
        return False
    rows, columns = shape_of(image)[1:3]
    lasts = rows - 1 + margin, columns - 1 + margin
    points = _points(matrices, shape_of(op.results[0]), rewriter)
    places = [
        point.maximum(-margin).minimum(last) for point, last in zip(points, lasts, strict=True)
    ]
    pixels = _Pixels(_with_margin(image, fill, margin, rewriter), margin, rewriter)
    if text(op, "interpolation") == "NEAREST":
        nearest = [place.apply("round_nearest_afz").convert("int32") for place in places]
        return rewriter.replace(op, pixels.at(*nearest).value)
    before = [place.apply("floor") for place in places]
    shares = [
        _as_channel(place - floor, rewriter) for place, floor in zip(places, before, strict=True)
    ]
    first = [floor.convert("int32") for floor in before]
    second = [(place + 1).minimum(last) for place, last in zip(first, lasts, strict=True)]
    upper = _mixed(pixels.at(first[0], first[1]), pixels.at(first[0], second[1]), shares[1])
    lower = _mixed(pixels.at(second[0], first[1]), pixels.at(second[0], second[1]), shares[1])
    return rewriter.replace(op, _mixed(upper, lower, shares[0]).value)


def _mixed(first: Formula, second: Formula, share: Formula) -> Formula:
    return first * (1.0 - share) + second * share


def _as_channel(value: Formula, rewriter: Rewriter) -> Formula:
    return Formula(reshape(value.value, (*shape_of(value.value), 1), rewriter), rewriter)


def _points(matrices: Value, shape: tuple[int, ...], rewriter: Rewriter) -> tuple[Formula, Formula]:
    """The row and the column that each pixel of the result comes from.

    A matrix is [a0, a1, a2, b0, b1, b2, c0, c1]: the pixel (x, y) comes from column
    (a0 x + a1 y + a2) / k and row (b0 x + b1 y + b2) / k, where k is c0 x + c1 y + 1; where k
    is 0, from outside.
    """
    count = shape_of(matrices)[0]
    entries = [
        Formula(
            reshape(slice_last(matrices, at, at + 1, rewriter), (count, 1, 1), rewriter), rewriter
        )
        for at in range(8)
    ]
    x = Formula(rewriter.constant(np.arange(shape[2], dtype=np.float32)), rewriter)
    y = Formula(rewriter.constant(np.arange(shape[1], dtype=np.float32)[:, None]), rewriter)
    column = entries[0] * x + entries[1] * y + entries[2]
    row = entries[3] * x + entries[4] * y + entries[5]
    if all(rewriter.splat(entry.value) == 0.0 for entry in entries[6:]):
        return row, column
    scale = entries[6] * x + entries[7] * y + 1.0
    nowhere = scale.compare("EQ", 0.0)
    return nowhere.select(-1.0, row / scale), nowhere.select(-1.0, column / scale)


@attrs.frozen(eq=False)
class _Pixels:
    """An image with its pixels in one row.

    Attributes:
        image: The pixels, with margins.
        margin: How wide these are.
        rewriter: Makes the operations.
    """

    image: Value
    margin: int
    rewriter: Rewriter

    def at(self, rows: Formula, columns: Formula) -> Formula:
        """The pixels at positions, which are the same in all images or those of each."""
        batch, height, width, channels = shape_of(self.image)
        row = reshape(self.image, (batch, height * width, channels), self.rewriter)
        numbers = ((rows + self.margin) * width + (columns + self.margin)).value
        count, *size = shape_of(numbers)
        if count != batch:
            numbers = broadcast(numbers, (batch, *size), (0, 1, 2), self.rewriter)
        kind = tensor_type((batch, *size, channels), dtype_of(self.image))
        attributes = {"axis": 1, "batch_dims": 1}
        taken = self.rewriter.op("tfl.gather", [row, numbers], kind, attributes)
        return Formula(taken, self.rewriter)


def _with_margin(image: Value, fill: Value, margin: int, rewriter: Rewriter) -> Value:
    """An image with a margin of one color."""
    if not margin:
        return image
    batch, rows, columns, channels = shape_of(image)
    around = (0, margin, margin, 0)
    paddings = {
        "edge_padding_low": around,
        "edge_padding_high": around,
        "interior_padding": (0, 0, 0, 0),
    }
    shape = (batch, rows + 2 * margin, columns + 2 * margin, channels)
    kind = tensor_type(shape, dtype_of(image))
    return rewriter.op("stablehlo.pad", [image, fill], kind, paddings)
