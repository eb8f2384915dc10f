"""Lower masks of positions along dynamic dimensions to comparisons in the file.

As constants, masks show the sizes at hand alone: a window that is longer does not appear in them.
Comparisons of positions hold for all sizes.
"""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.enumerations import direction_of
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    shape_of,
    tensor_type,
    text,
)
from litert_ir.stablehlo.rewrites.canonicalize.constant_folding import compute, is_constant
from litert_ir.stablehlo.rewrites.engine.dynamic_sizes import dynamic_sizes
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import broadcast, compare

Array = NDArray[Any]

DIRECTIONS = {
    "tf.Equal": "EQ",
    "tf.Greater": "GT",
    "tf.GreaterEqual": "GE",
    "tf.Less": "LT",
    "tf.LessEqual": "LE",
    "tf.NotEqual": "NE",
}
"""TensorFlow's comparisons, by StableHLO's names of the directions."""

BAND = "tf.MatrixBandPart"

_COMPARISONS = {
    "EQ": "tfl.equal",
    "GE": "tfl.greater_equal",
    "GT": "tfl.greater",
    "LE": "tfl.less_equal",
    "LT": "tfl.less",
    "NE": "tfl.not_equal",
}
_TURNED = {"EQ": "EQ", "GE": "LE", "GT": "LT", "LE": "GE", "LT": "GT", "NE": "NE"}
_MOST_RANK = 4
"""The greatest rank of LiteRT's kernels that compare and broadcast by themselves."""
_PLANE = 2


@pattern("stablehlo.compare")
def compare_positions(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a mask of positions along a dynamic dimension to a comparison when the file runs.

    Before:
        func.func @main(%x: tensor<1x5xf32> {litert_ir.dynamic = [1]}) -> tensor<5x5xi1> {
          %0 = stablehlo.iota dim = 0 : tensor<5x5xi32>
          %1 = stablehlo.iota dim = 1 : tensor<5x5xi32>
          %2 = stablehlo.compare GE, %0, %1 : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
          return %2 : tensor<5x5xi1>
        }

    After:
        func.func @main(%x: tensor<1x5xf32>) -> tensor<5x5xi1> {
          %cst = arith.constant dense<[[0], [1], [2], [3], [4]]> : tensor<5x1xi32>
          %c = stablehlo.constant dense<[[0, 1, 2, 3, 4]]> : tensor<1x5xi32>
          %0 = tfl.greater_equal(%cst, %c) : (tensor<5x1xi32>, tensor<1x5xi32>) -> tensor<5x5xi1>
          return %0 : tensor<5x5xi1>
        }

    Both sides count, which is the same for all sizes. What JAX compares with the end of a dimension
    stays: `gathers.remove_index_checks` knows it.
    """
    if not is_static(op.results[0]) or not dynamic_sizes(rewriter):
        return False
    if not all(is_constant(value, rewriter) for value in op.operands):
        return False
    left, right = map(compute, op.operands)
    line = _Line.between(left, right, shape_of(op.results[0]))
    direction = direction_of(op)
    if line is None or line.is_to_the_end or not line.is_open(direction, rewriter):
        return False
    return rewriter.replace(op, line.compared(direction, rewriter))


@pattern(*DIRECTIONS)
def compare_kept(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a comparison that was kept from TensorFlow's folding, to one of positions if it can be.

    Before:
        func.func @main(%x: tensor<1x5xf32> {litert_ir.dynamic = [1]}) -> tensor<5xi1> {
          %three = stablehlo.constant dense<3> : tensor<5xi32>
          %0 = stablehlo.iota dim = 0 : tensor<5xi32>
          %1 = stablehlo.custom_call @tf.Less(%0, %three) : (tensor<5xi32>, tensor<5xi32>)
              -> tensor<5xi1>
          return %1 : tensor<5xi1>
        }

    After:
        func.func @main(%x: tensor<1x5xf32>) -> tensor<5xi1> {
          %cst = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi32>
          %c = stablehlo.constant dense<3> : tensor<1xi32>
          %0 = tfl.less(%cst, %c) : (tensor<5xi32>, tensor<1xi32>) -> tensor<5xi1>
          return %0 : tensor<5xi1>
        }

    See `compare_positions`. Otherwise it becomes ``stablehlo.compare``.
    """
    direction, shape = DIRECTIONS[text(op, "call_target_name")], shape_of(op.results[0])
    if all(is_constant(value, rewriter) for value in op.operands):
        left, right = map(compute, op.operands)
        line = _Line.between(left, right, shape)
        if line is not None and line.is_open(direction, rewriter):
            return rewriter.replace(op, line.compared(direction, rewriter))
    sides = [_repeated(value, shape, rewriter) for value in op.operands]
    return rewriter.replace(op, compare(sides[0], direction, sides[1], rewriter))


@pattern(BAND)
def cut_band(op: Operation, rewriter: Rewriter) -> bool:
    """Lower a band of a matrix to a comparison of the positions of rows and columns.

    Before:
        func.func @main() -> tensor<3x3xi1> {
          %true = stablehlo.constant dense<true> : tensor<3x3xi1>
          %below = stablehlo.constant dense<-1> : tensor<i32>
          %above = stablehlo.constant dense<0> : tensor<i32>
          %0 = stablehlo.custom_call @tf.MatrixBandPart(%true, %below, %above) : (tensor<3x3xi1>,
              tensor<i32>, tensor<i32>) -> tensor<3x3xi1>
          return %0 : tensor<3x3xi1>
        }

    After:
        func.func @main() -> tensor<3x3xi1> {
          %cst = arith.constant dense<[[0], [1], [2]]> : tensor<3x1xi32>
          %c = stablehlo.constant dense<[[0, 1, 2]]> : tensor<1x3xi32>
          %0 = tfl.greater_equal(%cst, %c) : (tensor<3x1xi32>, tensor<1x3xi32>) -> tensor<3x3xi1>
          return %0 : tensor<3x3xi1>
        }

    Where the matrix is not true everywhere, a ``stablehlo.select`` takes it inside of the band, and
    zeros elsewhere.
    """
    value, shape = op.operands[0], shape_of(op.results[0])
    widths = [rewriter.array(operand) for operand in list(op.operands)[1:]]
    if any(width is None for width in widths):
        return False
    below, above = (int(np.asarray(width)) for width in widths)
    last = len(shape) - 1
    limits = [(below, last - 1, last), (above, last, last - 1)]
    lines = [
        _Line(shape=shape, start=-width, steps={further: 1, nearer: -1})
        for width, further, nearer in limits
        if width >= 0
    ]
    inside = _all_below(lines, shape, rewriter)
    if dtype_of(value) == "bool" and rewriter.splat(value):
        return rewriter.replace(op, inside)
    operands = [inside, value, rewriter.filled(value, 0)]
    return rewriter.replace(op, rewriter.op("stablehlo.select", operands, op.results[0].type))


def is_limit(left: Value, right: Value, shape: tuple[int, ...], rewriter: Rewriter) -> bool:
    """Tell whether the greater one of two values changes from one size to another.

    Args:
        left: Positions along dimensions, or what they are limited to.
        right: The other one.
        shape: The sizes that both are repeated to.
        rewriter: Knows the dynamic dimensions.
    """
    if not all(is_constant(value, rewriter) for value in (left, right)):
        return True
    line = _Line.between(compute(left), compute(right), shape)
    if line is None or line.is_to_the_end:
        return line is None
    return line.is_open("LT", rewriter) or line.is_open("GT", rewriter)


def _all_below(lines: list[_Line], shape: tuple[int, ...], rewriter: Rewriter) -> Value:
    """Compute the positions at which no line is above 0."""
    if not lines:
        return rewriter.constant(np.ones(shape, np.bool_))
    found = [line.compared("LE", rewriter) for line in lines]
    if len(found) == 1:
        return found[0]
    return rewriter.op("stablehlo.and", found, found[0].type)


def _repeated(value: Value, shape: tuple[int, ...], rewriter: Rewriter) -> Value:
    """A value as TensorFlow repeats it."""
    first = len(shape) - len(shape_of(value))
    return broadcast(value, shape, range(first, len(shape)), rewriter)


@attrs.frozen(kw_only=True)
class _Line:
    """Whole numbers in even steps along dimensions.

    Attributes:
        shape: The sizes of all dimensions.
        start: The number at the first place of all.
        steps: What is added from one place to the next, for each dimension along which that
            is not 0.
    """

    shape: tuple[int, ...]
    start: int
    steps: dict[int, int]

    @classmethod
    def between(cls, left: Array, right: Array, shape: tuple[int, ...]) -> _Line | None:
        """Return the constants' difference; None unless linear along one or two dimensions."""
        sides = [np.broadcast_to(array, shape) for array in (left, right)]
        if not all(map(_is_whole, sides)) or not math.prod(shape):
            return None
        apart = sides[0].astype(np.int64) - sides[1].astype(np.int64)
        first = (0,) * len(shape)
        start = int(apart[first])
        steps = {
            axis: int(apart[(*first[:axis], 1, *first[axis + 1 :])]) - start
            for axis, size in enumerate(shape)
            if size > 1
        }
        line = cls(shape=shape, start=start, steps={at: step for at, step in steps.items() if step})
        fits = 1 <= len(line.axes) <= _PLANE and np.array_equal(line._values(), apart)
        return line if fits else None

    @property
    def axes(self) -> list[int]:
        """The dimensions along which the numbers differ."""
        return sorted(self.steps)

    @property
    def is_to_the_end(self) -> bool:
        """Tell whether positions along a dimension are compared with its size or last position."""
        if len(self.axes) > 1:
            return False
        size = self.shape[self.axes[0]]
        return abs(self.start) in (size - 1, size)

    def is_open(self, direction: str, rewriter: Rewriter) -> bool:
        """Tell whether the numbers, and their comparison with 0, vary along a dynamic dimension.

        Where the comparison is the same at all sizes, a constant is enough.
        """
        sizes = dynamic_sizes(rewriter)
        if not any(self.shape[axis] in sizes for axis in self.axes):
            return False
        least = self.start if min(self.steps.values()) > 0 else -math.inf
        greatest = self.start if max(self.steps.values()) < 0 else math.inf
        match direction:
            case "LT" | "GE":
                return least < 0 <= greatest
            case "LE" | "GT":
                return least <= 0 < greatest
            case _:
                return least <= 0 <= greatest

    def compared(self, direction: str, rewriter: Rewriter) -> Value:
        """Compare the numbers with 0, as in ``LT``, along each dimension apart."""
        axis, *others = self.axes
        step = self.steps[axis]
        if step < 0:
            direction = _TURNED[direction]
        sign = int(np.sign(step))
        one = self._along({axis: step * sign}, 0)
        other = self._along({at: -self.steps[at] * sign for at in others}, -self.start * sign)
        rank = len(self.shape)
        places = list(range(rank)) if rank <= _MOST_RANK else self.axes
        one, other = (side.reshape([side.shape[at] for at in places]) for side in (one, other))
        sizes = np.broadcast_shapes(one.shape, other.shape)
        operands = [rewriter.keep(one), rewriter.constant(other)]
        made = rewriter.op(_COMPARISONS[direction], operands, tensor_type(sizes, "bool"))
        return broadcast(made, self.shape, places, rewriter)

    def _along(self, steps: dict[int, int], start: int) -> Array:
        """Numbers with size 1 in dimensions along which they do not differ."""
        total = np.full((1,) * len(self.shape), start, np.int64)
        for axis, step in steps.items():
            sizes = [1] * len(self.shape)
            sizes[axis] = -1
            total = total + step * np.arange(self.shape[axis]).reshape(sizes)
        return total.astype(np.int32)

    def _values(self) -> Array:
        return np.broadcast_to(self._along(self.steps, self.start), self.shape)


def _is_whole(array: Array) -> bool:
    if array.dtype.kind in "iu":
        return True
    return array.dtype.kind == "f" and bool(np.all(array == np.trunc(array)))
