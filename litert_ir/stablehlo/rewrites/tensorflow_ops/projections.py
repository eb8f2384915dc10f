"""Lower affine and projective transformations of images to gathers of pixels."""

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
"""The margins of pixels read beyond an image, by the fill mode."""


@pattern("tf.ImageProjectiveTransformV3")
def transform_image(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a projective transformation to a gather of the pixels that it points at.

    Before:
        func.func @main(%x: tensor<1x2x2x1xf32>, %matrix: tensor<1x8xf32>) -> tensor<1x1x1x1xf32> {
          %size = stablehlo.constant dense<1> : tensor<2xi32>
          %fill = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.custom_call @tf.ImageProjectiveTransformV3(%x, %matrix, %size, %fill)
              {fill_mode = "NEAREST", interpolation = "NEAREST"} : (tensor<1x2x2x1xf32>,
                  tensor<1x8xf32>, tensor<2xi32>, tensor<f32>) -> tensor<1x1x1x1xf32>
          return %0 : tensor<1x1x1x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2x1xf32>, %matrix: tensor<1x8xf32>) -> tensor<1x1x1x1xf32> {
          %0 = stablehlo.reshape %x : (tensor<1x2x2x1xf32>) -> tensor<1x4x1xf32>
          %1 = stablehlo.slice %matrix [0:1, 6:7] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %2 = stablehlo.reshape %1 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %cst = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %3 = stablehlo.broadcast_in_dim %cst, dims = [2] : (tensor<1xf32>) -> tensor<1x1x1xf32>
          %4 = stablehlo.multiply %2, %3 : tensor<1x1x1xf32>
          %5 = stablehlo.slice %matrix [0:1, 7:8] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %6 = stablehlo.reshape %5 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<1x1xf32>
          %7 = stablehlo.broadcast_in_dim %cst_0, dims = [1, 2] : (tensor<1x1xf32>)
              -> tensor<1x1x1xf32>
          %8 = stablehlo.multiply %6, %7 : tensor<1x1x1xf32>
          %9 = stablehlo.add %4, %8 : tensor<1x1x1xf32>
          %cst_1 = stablehlo.constant dense<1.000000e+00> : tensor<1x1x1xf32>
          %10 = stablehlo.add %9, %cst_1 : tensor<1x1x1xf32>
          %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<1x1x1xf32>
          %11 = stablehlo.compare EQ, %10, %cst_2 : (tensor<1x1x1xf32>, tensor<1x1x1xf32>)
              -> tensor<1x1x1xi1>
          %cst_3 = stablehlo.constant dense<-1.000000e+00> : tensor<1x1x1xf32>
          %12 = stablehlo.slice %matrix [0:1, 3:4] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %13 = stablehlo.reshape %12 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %14 = stablehlo.broadcast_in_dim %cst, dims = [2] : (tensor<1xf32>) -> tensor<1x1x1xf32>
          %15 = stablehlo.multiply %13, %14 : tensor<1x1x1xf32>
          %16 = stablehlo.slice %matrix [0:1, 4:5] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %17 = stablehlo.reshape %16 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %18 = stablehlo.broadcast_in_dim %cst_0, dims = [1, 2] : (tensor<1x1xf32>)
              -> tensor<1x1x1xf32>
          %19 = stablehlo.multiply %17, %18 : tensor<1x1x1xf32>
          %20 = stablehlo.add %15, %19 : tensor<1x1x1xf32>
          %21 = stablehlo.slice %matrix [0:1, 5:6] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %22 = stablehlo.reshape %21 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %23 = stablehlo.add %20, %22 : tensor<1x1x1xf32>
          %24 = stablehlo.divide %23, %10 : tensor<1x1x1xf32>
          %25 = stablehlo.select %11, %cst_3, %24 : tensor<1x1x1xi1>, tensor<1x1x1xf32>
          %cst_4 = stablehlo.constant dense<0.000000e+00> : tensor<1x1x1xf32>
          %26 = stablehlo.maximum %25, %cst_4 : tensor<1x1x1xf32>
          %cst_5 = stablehlo.constant dense<1.000000e+00> : tensor<1x1x1xf32>
          %27 = stablehlo.minimum %26, %cst_5 : tensor<1x1x1xf32>
          %28 = stablehlo.round_nearest_afz %27 : tensor<1x1x1xf32>
          %29 = stablehlo.convert %28 : (tensor<1x1x1xf32>) -> tensor<1x1x1xi32>
          %c = stablehlo.constant dense<0> : tensor<1x1x1xi32>
          %30 = stablehlo.add %29, %c : tensor<1x1x1xi32>
          %c_6 = stablehlo.constant dense<2> : tensor<1x1x1xi32>
          %31 = stablehlo.multiply %30, %c_6 : tensor<1x1x1xi32>
          %cst_7 = stablehlo.constant dense<-1.000000e+00> : tensor<1x1x1xf32>
          %32 = stablehlo.slice %matrix [0:1, 0:1] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %33 = stablehlo.reshape %32 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %34 = stablehlo.broadcast_in_dim %cst, dims = [2] : (tensor<1xf32>) -> tensor<1x1x1xf32>
          %35 = stablehlo.multiply %33, %34 : tensor<1x1x1xf32>
          %36 = stablehlo.slice %matrix [0:1, 1:2] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %37 = stablehlo.reshape %36 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %38 = stablehlo.broadcast_in_dim %cst_0, dims = [1, 2] : (tensor<1x1xf32>)
              -> tensor<1x1x1xf32>
          %39 = stablehlo.multiply %37, %38 : tensor<1x1x1xf32>
          %40 = stablehlo.add %35, %39 : tensor<1x1x1xf32>
          %41 = stablehlo.slice %matrix [0:1, 2:3] : (tensor<1x8xf32>) -> tensor<1x1xf32>
          %42 = stablehlo.reshape %41 : (tensor<1x1xf32>) -> tensor<1x1x1xf32>
          %43 = stablehlo.add %40, %42 : tensor<1x1x1xf32>
          %44 = stablehlo.divide %43, %10 : tensor<1x1x1xf32>
          %45 = stablehlo.select %11, %cst_7, %44 : tensor<1x1x1xi1>, tensor<1x1x1xf32>
          %cst_8 = stablehlo.constant dense<0.000000e+00> : tensor<1x1x1xf32>
          %46 = stablehlo.maximum %45, %cst_8 : tensor<1x1x1xf32>
          %cst_9 = stablehlo.constant dense<1.000000e+00> : tensor<1x1x1xf32>
          %47 = stablehlo.minimum %46, %cst_9 : tensor<1x1x1xf32>
          %48 = stablehlo.round_nearest_afz %47 : tensor<1x1x1xf32>
          %49 = stablehlo.convert %48 : (tensor<1x1x1xf32>) -> tensor<1x1x1xi32>
          %c_10 = stablehlo.constant dense<0> : tensor<1x1x1xi32>
          %50 = stablehlo.add %49, %c_10 : tensor<1x1x1xi32>
          %51 = stablehlo.add %31, %50 : tensor<1x1x1xi32>
          %52 = "tfl.gather"(%0, %51) <{axis = 1 : i32, batch_dims = 1 : i32}> : (tensor<1x4x1xf32>,
              tensor<1x1x1xi32>) -> tensor<1x1x1x1xf32>
          return %52 : tensor<1x1x1x1xf32>
        }

    With bilinear interpolation, the four pixels around a point are gathered, and mixed. Where a
    constant lies around the image, a `stablehlo.pad` puts one pixel of it there.
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
    """The row and the column that each pixel of the result is read from.

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
        margin: Their width.
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
