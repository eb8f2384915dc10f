"""Lower Fourier transforms to products with matrices, which are fully connected layers."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.dimension_numbers import DotDimensions
from litert_ir.stablehlo.mlir.enumerations import fft_kind
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    integers,
    op_name,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.complex.complex_pairs import Parts, multiplied
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import (
    concatenate_last,
    reshape,
    slice_last,
    transpose,
)

_LONGEST = 256
"""The greatest length of a transform by one matrix; longer ones are split into two transforms."""

_DIGITS = 12
"""The decimal digits that sines and cosines are rounded to; float32 has 7."""

Matrix = NDArray[np.complex128]


@attrs.frozen(kw_only=True)
class _Transform:
    """A Fourier transform.

    Attributes:
        kind: ``FFT``, ``IFFT``, ``RFFT`` or ``IRFFT``.
        lengths: The points along each of the last dimensions.
    """

    kind: str
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, op: Operation) -> _Transform:
        """Read the transform of an operation, TensorFlow's two-dimensional ones included."""
        name = op_name(op)
        if name.startswith("tf."):
            kind = "IFFT" if "IFFT" in name else "FFT"
            return cls(kind=kind, lengths=shape_of(op.operands[0])[-2:])
        return cls(kind=fft_kind(op), lengths=integers(op, "fft_length"))

    @property
    def is_possible(self) -> bool:
        """Tell whether the transform has matrices of a reasonable size."""
        return all(length // _divisor(length) <= _LONGEST for length in self.lengths)


@pattern("stablehlo.fft", "tf.FFT2D", "tf.IFFT2D")
def transform(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a Fourier transform to a product with cosines and sines.

    Before:
        func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xcomplex<f32>> {
          %0 = stablehlo.fft %x, type = RFFT, length = [2] : (tensor<1x2xf32>)
              -> tensor<1x2xcomplex<f32>>
          return %0 : tensor<1x2xcomplex<f32>>
        }

    After:
        func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xcomplex<f32>> {
          %cst = stablehlo.constant dense<[[1.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00],
              [1.000000e+00, -1.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<2x4xf32>
          %0 = stablehlo.dot_general %x, %cst, contracting_dims = [1] x [0] : (tensor<1x2xf32>,
              tensor<2x4xf32>) -> tensor<1x4xf32>
          %1 = stablehlo.slice %0 [0:1, 0:2] : (tensor<1x4xf32>) -> tensor<1x2xf32>
          %2 = stablehlo.slice %0 [0:1, 2:4] : (tensor<1x4xf32>) -> tensor<1x2xf32>
          %3 = stablehlo.complex %1, %2 : tensor<1x2xcomplex<f32>>
          return %3 : tensor<1x2xcomplex<f32>>
        }

    One of more than 256 points is two shorter ones, with a rotation between them.
    """
    wanted = _Transform.of(op)
    parts = Parts.of(op.operands[0], rewriter)
    if parts is None or dtype_of(parts.real) != "float32" or not wanted.is_possible:
        return False
    last = len(shape_of(parts.real)) - 1
    length, inverse = wanted.lengths[-1], wanted.kind.startswith("I")
    if wanted.kind != "IRFFT":
        count = length // 2 + 1 if wanted.kind == "RFFT" else length
        parts = _along_last(parts, count, rewriter, inverse=inverse)
    for axis in range(last - 1, last - len(wanted.lengths), -1):
        parts = _swapped(parts, axis, last, rewriter)
        parts = _along_last(parts, shape_of(parts.real)[-1], rewriter, inverse=inverse)
        parts = _swapped(parts, axis, last, rewriter)
    if wanted.kind == "IRFFT":
        return rewriter.replace(op, _real_inverse(parts, length, rewriter))
    return rewriter.replace(op, parts.joined(rewriter))


def _swapped(parts: Parts, first: int, second: int, rewriter: Rewriter) -> Parts:
    """The values with two dimensions exchanged."""
    order = list(range(len(shape_of(parts.real))))
    order[first], order[second] = second, first
    return parts.each(lambda part: transpose(part, order, rewriter))


def _divisor(length: int) -> int:
    """The greatest divisor that is at most the square root."""
    return next(item for item in range(math.isqrt(length), 0, -1) if length % item == 0)


def _along_last(parts: Parts, count: int, rewriter: Rewriter, *, inverse: bool) -> Parts:
    """The first frequencies along the last dimension.

    Of more than `_LONGEST` points n = b + B a, the frequency k = c + A d is the sum over b of
    exp(-2 pi i b d / B) exp(-2 pi i b c / (A B)) times the sum over a of exp(-2 pi i a c / A) x,
    as Cooley and Tukey found: two shorter transforms.
    """
    *others, length = shape_of(parts.real)
    if length <= _LONGEST:
        return _times(parts, _waves(length, inverse=inverse)[:, :count], rewriter)
    outer, rank = _divisor(length), len(others)
    inner = length // outer
    grid = parts.each(lambda part: reshape(part, (*others, outer, inner), rewriter))
    grid = _swapped(grid, rank, rank + 1, rewriter)
    grid = _along_last(grid, outer, rewriter, inverse=inverse)
    angles = np.outer(np.arange(inner), np.arange(outer)) / length
    rotation = np.exp((2j if inverse else -2j) * np.pi * angles).astype(np.complex64)
    turns = Parts(rewriter.constant(rotation.real), rewriter.constant(rotation.imag))
    grid = _swapped(multiplied(grid, turns, rewriter), rank, rank + 1, rewriter)
    grid = _along_last(grid, inner, rewriter, inverse=inverse)
    grid = _swapped(grid, rank, rank + 1, rewriter)
    flat = grid.each(lambda part: reshape(part, (*others, length), rewriter))
    return flat.each(lambda part: slice_last(part, 0, count, rewriter))


def _real_inverse(parts: Parts, length: int, rewriter: Rewriter) -> Value:
    """The real values whose transform's first half is given; the other half is its mirror."""
    last = len(shape_of(parts.real)) - 1

    def mirrored(part: Value) -> Value:
        inside = slice_last(part, 1, (length + 1) // 2, rewriter)
        return rewriter.op("stablehlo.reverse", [inside], inside.type, {"dimensions": (last,)})

    def whole(part: Value, *, turned: bool) -> Value:
        other = mirrored(part)
        if turned:
            other = rewriter.op("stablehlo.negate", [other], other.type)
        return concatenate_last([part, other], rewriter)

    spectrum = Parts(
        whole(parts.real, turned=False),
        parts.imaginary and whole(parts.imaginary, turned=True),
    )
    return _along_last(spectrum, length, rewriter, inverse=True).real


def _waves(length: int, *, inverse: bool) -> Matrix:
    """The matrix of a transform: exp(-2 pi i n k / N), or the other way round over N.

    Zeros are exact: what is real has to stay so, as angles tell on which side of zero a
    number is.
    """
    numbers = np.arange(length)
    angles = 2.0 * np.pi * (np.outer(numbers, numbers) % length) / length
    cosines, sines = np.cos(angles).round(_DIGITS), np.sin(angles).round(_DIGITS)
    matrix = cosines + 1j * (sines if inverse else 0.0 - sines)
    return np.asarray(matrix / length if inverse else matrix)


def _times(parts: Parts, matrix: Matrix, rewriter: Rewriter) -> Parts:
    """The last dimension times a matrix: both parts of both in one product."""
    block = np.hstack([matrix.real, matrix.imag])
    value = parts.real
    if parts.imaginary is not None:
        block = np.vstack([block, np.hstack([-matrix.imag, matrix.real])])
        value = concatenate_last([parts.real, parts.imaginary], rewriter)
    shape, count = shape_of(value), matrix.shape[1]
    dimensions = DotDimensions(lhs_contracting=(len(shape) - 1,), rhs_contracting=(0,))
    both = rewriter.op(
        "stablehlo.dot_general",
        [value, rewriter.constant(block.astype(np.float32))],
        tensor_type((*shape[:-1], 2 * count), "float32"),
        {"dot_dimension_numbers": dimensions.attribute()},
    )
    halves = (slice_last(both, start, start + count, rewriter) for start in (0, count))
    return Parts(*halves)
