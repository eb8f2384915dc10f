"""The matrices by which TensorFlow's resizing kernels sample one dimension, in numpy.

Each has one row per output position, and one column per input position. Numbers are computed
in float32, like those of the kernels, whose rounding shows in their results.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]

_TABLE_SIZE = 1024
_LEAST_SUM = np.float32(1000) * np.finfo(np.float32).tiny
_F = np.float32


def bicubic_matrix(
    source: int, target: int, *, align_corners: bool, half_pixel_centers: bool
) -> Matrix:
    """Compute the sampling matrix of ``tf.ResizeBicubic``.

    Source: tensorflow/core/kernels/image/resize_bicubic_op.cc, whose weights come from a
    table of 1024 steps.

    Args:
        source: Size of the dimension.
        target: Its size after resizing.
        align_corners: Whether the centers of the corner pixels stay where they are.
        half_pixel_centers: Whether pixels are areas; takes the Keys kernel with a = -0.5,
            and leaves out positions outside of the image, where the other one repeats its edge.
    """
    positions = _positions(source, target, align_corners, half_pixel_centers)
    nearest = np.floor(positions)
    offsets = np.rint((positions - nearest) * _TABLE_SIZE).astype(int)
    near, far = _cubic_table(_F(-0.5 if half_pixel_centers else -0.75))
    weights = (far[offsets], near[offsets], near[_TABLE_SIZE - offsets], far[_TABLE_SIZE - offsets])
    matrix = np.zeros((target, source), np.float32)
    for step, weight in enumerate(weights, -1):
        columns = nearest.astype(int) + step
        inside = np.clip(columns, 0, source - 1)
        known = np.where(inside == columns, weight, 0) if half_pixel_centers else weight
        np.add.at(matrix, (np.arange(target), inside), known)
    return _with_sum_one(matrix) if half_pixel_centers else matrix


def _positions(source: int, target: int, align_corners: bool, half_pixels: bool) -> Vector:
    """Compute the output positions' coordinates in the input."""
    aligned = align_corners and target > 1
    scale = _F(source - 1) / _F(target - 1) if aligned else _F(source) / _F(target)
    steps = np.arange(target, dtype=np.float32)
    return (steps + _F(0.5)) * scale - _F(0.5) if half_pixels else steps * scale


def _cubic_table(a: np.float32) -> tuple[Vector, Vector]:
    """The weights of the nearest neighbor at each offset, and of the one after it."""
    x = np.arange(_TABLE_SIZE + 1, dtype=np.float32) / _F(_TABLE_SIZE)
    near = ((a + _F(2)) * x - (a + _F(3))) * x * x + _F(1)
    x = x + _F(1)
    far = ((a * x - _F(5) * a) * x + _F(8) * a) * x - _F(4) * a
    return near, far


def _with_sum_one(matrix: Matrix) -> Matrix:
    total = matrix.sum(axis=1, keepdims=True, dtype=np.float32)
    result = matrix.copy()
    np.divide(matrix, total, out=result, where=np.abs(total) >= _LEAST_SUM)
    return result


def area_matrix(source: int, target: int) -> Matrix:
    """Compute the averages of ``tf.ResizeArea``: each output pixel's cover of each input pixel.

    Source: tensorflow/core/kernels/image/resize_area_op.cc, without aligned corners.
    """
    scale = _F(source) / _F(target)
    matrix = np.zeros((target, source), np.float32)
    for row in range(target):
        low, high = _F(row) * scale, _F(row + 1) * scale
        for column in range(math.floor(low), math.ceil(high)):
            covered = min(_F(column + 1), high) - max(_F(column), low)
            matrix[row, min(max(column, 0), source - 1)] += covered / scale
    return matrix


@attrs.frozen
class _Shape:
    """A kernel as a function of the distance, and the distance from which on it is zero."""

    weigh: Callable[[Vector], Vector]
    radius: float


def _lanczos(radius: int) -> _Shape:
    pi = _F(math.pi)

    def weigh(x: Vector) -> Vector:
        near = np.maximum(x, _F(1e-3))
        waves = np.sin(pi * near) * np.sin(pi * near / _F(radius))
        lobes = _F(radius) * waves / (pi * pi * near * near)
        return np.where(x > radius, 0, np.where(x <= 1e-3, 1, lobes)).astype(np.float32)

    return _Shape(weigh, radius)


def _gaussian(x: Vector) -> Vector:
    sigma = _F(0.5)
    return np.where(x >= 1.5, 0, np.exp(-x * x / (_F(2) * sigma * sigma))).astype(np.float32)


def _keys(x: Vector) -> Vector:
    outer = ((_F(-0.5) * x + _F(2.5)) * x - _F(4)) * x + _F(2)
    inner = ((_F(1.5) * x - _F(2.5)) * x) * x + _F(1)
    return np.where(x >= 2, 0, np.where(x >= 1, outer, inner)).astype(np.float32)


def _mitchell(x: Vector) -> Vector:
    outer = ((_F(-7 / 18) * x + _F(2)) * x - _F(10 / 3)) * x + _F(16 / 9)
    inner = ((_F(7 / 6) * x - _F(2)) * x) * x + _F(8 / 9)
    return np.where(x >= 2, 0, np.where(x >= 1, outer, inner)).astype(np.float32)


def _box(x: Vector) -> Vector:
    return np.where(x < 0.5, 1, np.where(x == 0.5, 0.5, 0)).astype(np.float32)


def _triangle(x: Vector) -> Vector:
    return np.asarray(np.maximum(_F(1) - x, _F(0)))


class Kernel(enum.Enum):
    """A sampling kernel of ``tf.ScaleAndTranslate``, by its name there.

    Source: tensorflow/core/kernels/image/sampling_kernels.h.
    """

    LANCZOS1 = "lanczos1"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    BOX = "box"
    TRIANGLE = "triangle"
    KEYS_CUBIC = "keyscubic"
    MITCHELL_CUBIC = "mitchellcubic"


_SHAPES = {
    Kernel.LANCZOS1: _lanczos(1),
    Kernel.LANCZOS3: _lanczos(3),
    Kernel.LANCZOS5: _lanczos(5),
    Kernel.GAUSSIAN: _Shape(_gaussian, 1.5),
    Kernel.BOX: _Shape(_box, 1.0),
    Kernel.TRIANGLE: _Shape(_triangle, 1.0),
    Kernel.KEYS_CUBIC: _Shape(_keys, 2.0),
    Kernel.MITCHELL_CUBIC: _Shape(_mitchell, 2.0),
}


@attrs.frozen(kw_only=True)
class Sampling:
    """The sampling of a dimension by ``tf.ScaleAndTranslate``.

    Attributes:
        kernel: The weight of a neighbor by its distance.
        antialias: Whether the kernel grows where the dimension shrinks.
        scale: The output's size over the input's.
        translate: By how many output positions the input is moved.
    """

    kernel: Kernel
    antialias: bool
    scale: float
    translate: float = 0.0

    def matrix(self, source: int, target: int) -> Matrix:
        """The matrix; positions outside of the input are zero.

        Source: ``ComputeSpans`` in tensorflow/core/kernels/image/scale_and_translate_op.cc.
        """
        inverse = _F(1) / _F(self.scale)
        spread = max(inverse, _F(1)) if self.antialias else _F(1)
        shape = _SHAPES[self.kernel]
        steps = np.arange(target, dtype=np.float32) + _F(0.5)
        samples = steps * inverse - inverse * _F(self.translate)
        columns = np.arange(source, dtype=np.float32) + _F(0.5)
        distances = np.abs(columns - samples[:, None]) * (_F(1) / spread)
        weights = shape.weigh(distances)
        reach = _F(shape.radius) * spread
        first = np.ceil(samples - reach - _F(0.5)).clip(0, source - 1)[:, None]
        last = np.floor(samples + reach - _F(0.5)).clip(0, source - 1)[:, None]
        inside = (np.arange(source) >= first) & (np.arange(source) <= last)
        seen = ((samples >= 0) & (samples <= source))[:, None]
        return _with_sum_one(np.where(inside & seen, weights, 0).astype(np.float32))
