"""Resizing of images becomes LiteRT's, or products with matrices where LiteRT has none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.dimensions import DotDimensions
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
    """``tf.ResizeBilinear`` becomes `tfl.resize_bilinear`; the sample points stay the same.

    Before: ``stablehlo.custom_call @tf.ResizeBilinear(%x, %size) {half_pixel_centers}``
    After: ``"tfl.resize_bilinear"(%x, %size) {half_pixel_centers}``.
    """
    return _resize("tfl.resize_bilinear", op, rewriter)


@pattern("tf.ResizeNearestNeighbor")
def resize_nearest(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.ResizeNearestNeighbor`` becomes `tfl.resize_nearest_neighbor`.

    Before: ``stablehlo.custom_call @tf.ResizeNearestNeighbor(%x, %size)``
    After: ``"tfl.resize_nearest_neighbor"(%x, %size)``.
    """
    return _resize("tfl.resize_nearest_neighbor", op, rewriter)


def _resize(name: str, op: Operation, rewriter: Rewriter) -> bool:
    attributes = {name: flag(op, name) for name in _SAMPLING}
    return rewriter.replace(op, rewriter.op(name, op.operands, op.results[0].type, attributes))


@pattern("tf.ResizeBicubic")
def resize_bicubic(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.ResizeBicubic`` becomes products with a matrix along each dimension.

    Before: ``stablehlo.custom_call @tf.ResizeBicubic(%x, %size)``
    After: ``stablehlo.dot_general %x, %height_matrix`` over the rows, and one over the columns
    with ``%width_matrix``; both become `tfl.fully_connected`.
    """
    options = {name: flag(op, name) for name in _SAMPLING}
    return _resample(op, lambda _, *sizes: bicubic_matrix(*sizes, **options), rewriter)


@pattern("tf.ResizeArea")
def resize_area(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.ResizeArea`` becomes products with a matrix along each dimension.

    Before: ``stablehlo.custom_call @tf.ResizeArea(%x, %size)``
    After: as `resize_bicubic`.
    """
    if flag(op, "align_corners"):
        return False
    return _resample(op, lambda _, *sizes: area_matrix(*sizes), rewriter)


@pattern("tf.ScaleAndTranslate")
def scale_and_translate(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.ScaleAndTranslate`` becomes products with a matrix along each dimension.

    Before: ``stablehlo.custom_call @tf.ScaleAndTranslate(%x, %size, %scale, %shift)``
    After: as `resize_bicubic`.
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
    """Multiply rows and columns, the one first that leaves less to do for the other."""
    value, targets = op.operands[0], shape_of(op.results[0])
    matrices = {
        axis: matrix_of(axis, shape_of(value)[axis], targets[axis]) for axis in (_HEIGHT, _WIDTH)
    }
    for axis in sorted(matrices, key=lambda axis: targets[axis] / shape_of(value)[axis]):
        value = _along(value, axis, matrices[axis], rewriter)
    return rewriter.replace(op, value)


def _along(value: Value, axis: int, matrix: NDArray[np.float32], rewriter: Rewriter) -> Value:
    """A dimension of a value times a matrix."""
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
