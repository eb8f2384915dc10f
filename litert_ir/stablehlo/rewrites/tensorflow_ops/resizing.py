"""Legalize resizing of images, or lower it to matrix products where LiteRT has no op."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.dimension_numbers import DotDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    flag,
    shape_of,
    tensor_type,
    text,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import transpose
from litert_ir.stablehlo.rewrites.tensorflow_ops.sampling_matrices import (
    Kernel,
    Matrix,
    Sampling,
    area_matrix,
    bicubic_matrix,
)

_HEIGHT, _WIDTH = 1, 2
_SAMPLING = ("align_corners", "half_pixel_centers")

MatrixOf = Callable[[int, int, int], Matrix]
"""The matrix for a dimension, by its position, its size and its size after resizing."""


@pattern("tf.ResizeBilinear")
def resize_bilinear(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.ResizeBilinear`` to `tfl.resize_bilinear`, with the same sample points.

    Before:
        func.func @main(%x: tensor<1x2x2x1xf32>, %size: tensor<2xi32>) -> tensor<1x4x4x1xf32> {
          %0 = stablehlo.custom_call @tf.ResizeBilinear(%x, %size) {align_corners = false,
              half_pixel_centers = true} : (tensor<1x2x2x1xf32>, tensor<2xi32>)
              -> tensor<1x4x4x1xf32>
          return %0 : tensor<1x4x4x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2x1xf32>, %size: tensor<2xi32>) -> tensor<1x4x4x1xf32> {
          %0 = "tfl.resize_bilinear"(%x, %size) <{align_corners = false, half_pixel_centers = true}>
              : (tensor<1x2x2x1xf32>, tensor<2xi32>) -> tensor<1x4x4x1xf32>
          return %0 : tensor<1x4x4x1xf32>
        }
    """
    return _resize("tfl.resize_bilinear", op, rewriter)


@pattern("tf.ResizeNearestNeighbor")
def resize_nearest(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.ResizeNearestNeighbor`` to `tfl.resize_nearest_neighbor`.

    Before:
        func.func @main(%x: tensor<1x2x2x1xf32>, %size: tensor<2xi32>) -> tensor<1x4x4x1xf32> {
          %0 = stablehlo.custom_call @tf.ResizeNearestNeighbor(%x, %size) {align_corners = false,
              half_pixel_centers = true} : (tensor<1x2x2x1xf32>, tensor<2xi32>)
              -> tensor<1x4x4x1xf32>
          return %0 : tensor<1x4x4x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x2x1xf32>, %size: tensor<2xi32>) -> tensor<1x4x4x1xf32> {
          %0 = "tfl.resize_nearest_neighbor"(%x, %size) <{align_corners = false,
              half_pixel_centers = true}> : (tensor<1x2x2x1xf32>, tensor<2xi32>)
              -> tensor<1x4x4x1xf32>
          return %0 : tensor<1x4x4x1xf32>
        }
    """
    return _resize("tfl.resize_nearest_neighbor", op, rewriter)


def _resize(name: str, op: Operation, rewriter: Rewriter) -> bool:
    attributes = {name: flag(op, name) for name in _SAMPLING}
    return rewriter.replace(op, rewriter.op(name, op.operands, op.results[0].type, attributes))


@pattern("tf.ResizeBicubic")
def resize_bicubic(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``tf.ResizeBicubic`` to products with a matrix along each dimension.

    Before:
        func.func @main(%x: tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32> {
          %size = stablehlo.constant dense<[4, 1]> : tensor<2xi32>
          %0 = stablehlo.custom_call @tf.ResizeBicubic(%x, %size) {align_corners = false,
              half_pixel_centers = true} : (tensor<1x2x1x1xf32>, tensor<2xi32>)
              -> tensor<1x4x1x1xf32>
          return %0 : tensor<1x4x1x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32> {
          %cst = stablehlo.constant dense<[[1.08823526, 0.79285717, 0.20714286, -0.0882352963],
              [-0.0882352963, 0.20714286, 0.79285717, 1.08823526]]> : tensor<2x4xf32>
          %0 = stablehlo.dot_general %x, %cst, contracting_dims = [1] x [0] : (tensor<1x2x1x1xf32>,
              tensor<2x4xf32>) -> tensor<1x1x1x4xf32>
          %1 = stablehlo.transpose %0, dims = [0, 3, 1, 2] : (tensor<1x1x1x4xf32>)
              -> tensor<1x4x1x1xf32>
          return %1 : tensor<1x4x1x1xf32>
        }

    They become `tfl.fully_connected`.
    """
    options = {name: flag(op, name) for name in _SAMPLING}
    return _resample(op, lambda _, *sizes: bicubic_matrix(*sizes, **options), rewriter)


@pattern("tf.ResizeArea")
def resize_area(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``tf.ResizeArea`` to products with a matrix along each dimension, as `resize_bicubic`.

    Before:
        func.func @main(%x: tensor<1x3x1x1xf32>) -> tensor<1x2x1x1xf32> {
          %size = stablehlo.constant dense<[2, 1]> : tensor<2xi32>
          %0 = stablehlo.custom_call @tf.ResizeArea(%x, %size) {align_corners = false}
              : (tensor<1x3x1x1xf32>, tensor<2xi32>) -> tensor<1x2x1x1xf32>
          return %0 : tensor<1x2x1x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x3x1x1xf32>) -> tensor<1x2x1x1xf32> {
          %cst = stablehlo.constant dense<[[0.666666686, 0.000000e+00], [0.333333343, 0.333333343],
              [0.000000e+00, 0.666666686]]> : tensor<3x2xf32>
          %0 = stablehlo.dot_general %x, %cst, contracting_dims = [1] x [0] : (tensor<1x3x1x1xf32>,
              tensor<3x2xf32>) -> tensor<1x1x1x2xf32>
          %1 = stablehlo.transpose %0, dims = [0, 3, 1, 2] : (tensor<1x1x1x2xf32>)
              -> tensor<1x2x1x1xf32>
          return %1 : tensor<1x2x1x1xf32>
        }
    """
    if flag(op, "align_corners"):
        return False
    return _resample(op, lambda _, *sizes: area_matrix(*sizes), rewriter)


@pattern("tf.ScaleAndTranslate")
def scale_and_translate(op: Operation, rewriter: Rewriter) -> bool:
    """Lower ``tf.ScaleAndTranslate`` to products with a matrix along each dimension.

    Before:
        func.func @main(%x: tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32> {
          %size = stablehlo.constant dense<[4, 1]> : tensor<2xi32>
          %scale = stablehlo.constant dense<[2.0, 1.0]> : tensor<2xf32>
          %shift = stablehlo.constant dense<0.0> : tensor<2xf32>
          %0 = stablehlo.custom_call @tf.ScaleAndTranslate(%x, %size, %scale, %shift)
              {kernel_type = "triangle", antialias = true} : (tensor<1x2x1x1xf32>, tensor<2xi32>,
                  tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x1x1xf32>
          return %0 : tensor<1x4x1x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32> {
          %cst = stablehlo.constant dense<[[1.000000e+00, 7.500000e-01, 2.500000e-01, 0.000000e+00],
              [0.000000e+00, 2.500000e-01, 7.500000e-01, 1.000000e+00]]> : tensor<2x4xf32>
          %0 = stablehlo.dot_general %x, %cst, contracting_dims = [1] x [0] : (tensor<1x2x1x1xf32>,
              tensor<2x4xf32>) -> tensor<1x1x1x4xf32>
          %1 = stablehlo.transpose %0, dims = [0, 3, 1, 2] : (tensor<1x1x1x4xf32>)
              -> tensor<1x4x1x1xf32>
          return %1 : tensor<1x4x1x1xf32>
        }

    They become `tfl.fully_connected`, as those of `resize_bicubic`.
    """
    scales, shifts = (rewriter.array(op.operands[position]) for position in (2, 3))
    if scales is None or shifts is None:
        return False
    kernel, antialias = Kernel(text(op, "kernel_type")), flag(op, "antialias")

    def matrix_of(axis: int, source: int, target: int) -> Matrix:
        scale, shift = float(scales[axis - 1]), float(shifts[axis - 1])
        sampling = Sampling(kernel=kernel, antialias=antialias, scale=scale, translate=shift)
        return sampling.matrix(source, target)

    return _resample(op, matrix_of, rewriter)


def _resample(op: Operation, matrix_of: MatrixOf, rewriter: Rewriter) -> bool:
    """Multiply rows and columns in the order that takes fewer products."""
    value, targets = op.operands[0], shape_of(op.results[0])
    matrices = {
        axis: matrix_of(axis, shape_of(value)[axis], targets[axis]) for axis in (_HEIGHT, _WIDTH)
    }
    for axis in sorted(matrices, key=lambda axis: targets[axis] / shape_of(value)[axis]):
        value = _along(value, axis, matrices[axis], rewriter)
    return rewriter.replace(op, value)


def _along(value: Value, axis: int, matrix: NDArray[np.float32], rewriter: Rewriter) -> Value:
    """A value times a matrix along a dimension."""
    target, source = matrix.shape
    if target == source and np.array_equal(matrix, np.eye(source, dtype=np.float32)):
        return value
    shape = shape_of(value)
    kept = [size for place, size in enumerate(shape) if place != axis]
    dimensions = DotDimensions(lhs_contracting=(axis,), rhs_contracting=(0,))
    attributes = {"dot_dimension_numbers": dimensions.attribute()}
    operands = [value, rewriter.constant(matrix.T)]
    kind = tensor_type((*kept, target), "float32")
    product = rewriter.op("stablehlo.dot_general", operands, kind, attributes)
    rank = len(shape)
    order = [*range(axis), rank - 1, *range(axis, rank - 1)]
    return transpose(product, order, rewriter)
