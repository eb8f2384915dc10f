"""Legalize reductions over windows to LiteRT's pools, whichever dimensions they go over."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    dtype_of,
    is_static,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.dynamic_sizes import varies
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape, transpose
from litert_ir.stablehlo.rewrites.engine.windows import (
    Pads,
    ReduceWindow,
    is_zero,
    same_pads,
)
from litert_ir.stablehlo.rewrites.layers.convolutions import pad_around

_MAX = "tfl.max_pool_2d"
_AVERAGE = "tfl.average_pool_2d"


@pattern("stablehlo.reduce_window")
def max_pool(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize the maximum over windows to `tfl.max_pool_2d`.

    Before:
        func.func @main(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
          %lowest = stablehlo.constant dense<0xFF800000> : tensor<f32>
          %0 = "stablehlo.reduce_window"(%x, %lowest) <{window_dimensions = array<i64: 1, 2, 2, 1>,
              window_strides = array<i64: 1, 2, 2, 1>}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.maximum %a, %b : tensor<f32>
              stablehlo.return %1 : tensor<f32>
          }) : (tensor<1x4x4x3xf32>, tensor<f32>) -> tensor<1x2x2x3xf32>
          return %0 : tensor<1x2x2x3xf32>
        }

    After:
        func.func @main(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
          %0 = "tfl.max_pool_2d"(%x) <{filter_height = 2 : i32, filter_width = 2 : i32,
              fused_activation_function = "NONE", padding = "SAME", stride_h = 2 : i32,
              stride_w = 2 : i32}> : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
          return %0 : tensor<1x2x2x3xf32>
        }

    There are transposes around it where the features do not come last, and two pools, one after the
    other, in three dimensions.
    """
    window = ReduceWindow.of(op)
    if window is None or window.reducer != "stablehlo.maximum" or not _is_float(op):
        return False
    start = rewriter.splat(op.operands[1])
    lowest = float(np.finfo(np.float32).min)
    if start is None or start > lowest:
        return False
    pool = _pool(_MAX, window, lowest, op.operands[0], rewriter)
    return rewriter.replace(op, pool.emit(op.operands[0], rewriter))


@pattern("stablehlo.divide")
def average_pool(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize the sum over windows, divided by their size, to `tfl.average_pool_2d`.

    Before:
        func.func @main(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %count = stablehlo.constant dense<4.0> : tensor<1x2x2x3xf32>
          %0 = "stablehlo.reduce_window"(%x, %zero) <{window_dimensions = array<i64: 1, 2, 2, 1>,
              window_strides = array<i64: 1, 2, 2, 1>}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.add %a, %b : tensor<f32>
              stablehlo.return %1 : tensor<f32>
          }) : (tensor<1x4x4x3xf32>, tensor<f32>) -> tensor<1x2x2x3xf32>
          %2 = stablehlo.divide %0, %count : tensor<1x2x2x3xf32>
          return %2 : tensor<1x2x2x3xf32>
        }

    After:
        func.func @main(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
          %0 = "tfl.average_pool_2d"(%x) <{filter_height = 2 : i32, filter_width = 2 : i32,
              fused_activation_function = "NONE", padding = "SAME", stride_h = 2 : i32,
              stride_w = 2 : i32}> : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
          return %0 : tensor<1x2x2x3xf32>
        }

    The divisor may be the number of elements that each window has inside of the value. See
    `max_pool`.
    """
    found = _sum_over_windows(op.operands[0], rewriter)
    divisor = rewriter.known_array(op.operands[1])
    if found is None or divisor is None or not _is_float(op):
        return False
    window, value = found
    pool = _pool(_AVERAGE, window, 0.0, value, rewriter)
    inside = window.counts_inside()
    if pool.counts_inside() and bool((divisor == inside).all()):
        return rewriter.replace(op, pool.emit(value, rewriter))
    if bool((divisor == math.prod(window.sizes)).all()):
        padded = attrs.evolve(pool, pads_in_front=True)
        return rewriter.replace(op, padded.emit(value, rewriter))
    return False


@pattern("stablehlo.reduce_window")
def count_window(op: Operation, rewriter: Rewriter) -> bool:
    """Fold the number of elements that windows have inside of a value.

    Before:
        func.func @main() -> tensor<1x2x1xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %ones = stablehlo.constant dense<1.0> : tensor<1x3x1xf32>
          %0 = "stablehlo.reduce_window"(%ones, %zero) <{window_dimensions = array<i64: 1, 2, 1>,
              window_strides = array<i64: 1, 2, 1>, padding = dense<[[0, 0], [0, 1], [0, 0]]>
              : tensor<3x2xi64>}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.add %a, %b : tensor<f32>
              stablehlo.return %1 : tensor<f32>
          }) : (tensor<1x3x1xf32>, tensor<f32>) -> tensor<1x2x1xf32>
          return %0 : tensor<1x2x1xf32>
        }

    After:
        func.func @main() -> tensor<1x2x1xf32> {
          %cst = stablehlo.constant dense<[[[2.000000e+00], [1.000000e+00]]]> : tensor<1x2x1xf32>
          %0 = stablehlo.broadcast_in_dim %cst, dims = [0, 1, 2] : (tensor<1x2x1xf32>)
              -> tensor<1x2x1xf32>
          return %0 : tensor<1x2x1xf32>
        }

    It is broadcast along the dimensions that no window goes over.
    """
    found = _sum_over_windows(op.results[0], rewriter)
    element = rewriter.splat(op.operands[0])
    if found is None or element is None or not _is_float(op):
        return False
    window, _ = found
    counts = rewriter.constant((window.counts_inside() * element).astype(np.float32))
    kind = op.results[0].type
    attributes = {"broadcast_dimensions": tuple(range(len(shape_of(op.results[0]))))}
    made = rewriter.op("stablehlo.broadcast_in_dim", [counts], kind, attributes)
    return rewriter.replace(op, made)


@pattern("stablehlo.reduce_window")
def stride_window(op: Operation, rewriter: Rewriter) -> bool:
    """Canonicalize a reduction over windows of one element as a strided slice.

    Before:
        func.func @main(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = "stablehlo.reduce_window"(%x, %zero) <{window_dimensions = array<i64: 1, 1, 1, 1>,
              window_strides = array<i64: 1, 2, 2, 1>}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
              %1 = stablehlo.add %a, %b : tensor<f32>
              stablehlo.return %1 : tensor<f32>
          }) : (tensor<1x4x4x3xf32>, tensor<f32>) -> tensor<1x2x2x3xf32>
          return %0 : tensor<1x2x2x3xf32>
        }

    After:
        func.func @main(%x: tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32> {
          %0 = stablehlo.slice %x [0:1, 0:4:2, 0:4:2, 0:3] : (tensor<1x4x4x3xf32>)
              -> tensor<1x2x2x3xf32>
          return %0 : tensor<1x2x2x3xf32>
        }
    """
    window = ReduceWindow.of(op)
    if window is None or set(window.sizes) != {1} or not is_zero(window.pads) or not _is_float(op):
        return False
    start = rewriter.splat(op.operands[1])
    neutral = {"stablehlo.add": 0.0, "stablehlo.maximum": -math.inf}
    if start is None or start != neutral.get(window.reducer):
        return False
    attributes = {
        "start_indices": (0,) * len(window.inputs),
        "limit_indices": window.inputs,
        "strides": window.strides,
    }
    kind = op.results[0].type
    return rewriter.replace(op, rewriter.op("stablehlo.slice", [op.operands[0]], kind, attributes))


def _pool(name: str, window: ReduceWindow, fill: float, value: Value, rewriter: Rewriter) -> _Pool:
    """The pool of a value; where its sizes vary, only if the model pads by ``SAME``."""
    if varies(value, rewriter):
        return _Pool(name, window, fill=fill, padded_same=window.padded_same)
    return _Pool(name, window, fill=fill)


def _is_float(op: Operation) -> bool:
    return is_static(op.results[0]) and dtype_of(op.results[0]) == "float32"


def _sum_over_windows(value: Value, rewriter: Rewriter) -> tuple[ReduceWindow, Value] | None:
    """The windowed sum that a value is, and its operand."""
    op = producer(value)
    if op is None or op.name != "stablehlo.reduce_window":
        return None
    window = ReduceWindow.of(op)
    if window is None or window.reducer != "stablehlo.add" or rewriter.splat(op.operands[1]) != 0:
        return None
    return window, op.operands[0]


@attrs.frozen
class _Pool:
    """A pool over any dimensions, made of pools over two.

    Attributes:
        name: The name of LiteRT's op.
        window: The window that is reduced.
        fill: The number to pad with where LiteRT's op cannot pad.
        pads_in_front: Whether this holds everywhere.
        padded_same: Whether the padding is ``SAME``; None where the numbers tell.
    """

    name: str
    window: ReduceWindow
    fill: float = attrs.field(kw_only=True)
    pads_in_front: bool = attrs.field(default=False, kw_only=True)
    padded_same: bool | None = attrs.field(default=None, kw_only=True)

    @property
    def axes(self) -> tuple[int, ...]:
        """The dimensions to pool over: without gaps, and two if there are features behind."""
        pooled, last = self.window.axes, len(self.window.inputs) - 1
        if len(pooled) == 1 and 0 < pooled[0] < last - 1:
            return pooled[0], pooled[0] + 1
        return tuple(range(pooled[0], pooled[-1] + 1)) if pooled else ()

    def counts_inside(self) -> bool:
        """Tell whether LiteRT's average counts inside elements alone: nothing is padded in front.

        Its padding is ``SAME`` or none.
        """
        return all(is_zero(self._pads(axes)) or self._is_same(axes) for axes in self._steps())

    def emit(self, value: Value, rewriter: Rewriter) -> Value:
        """The pooled value, its dimensions in the order of the unpooled one."""
        rank = len(shape_of(value))
        others = [axis for axis in range(rank) if axis not in self.axes]
        features_last = rank - 1 in others
        order = list(range(rank) if features_last else (*others[:-1], *self.axes, *others[-1:]))
        result = transpose(value, order, rewriter)
        for axes in self._steps():
            result = self._step(result, axes, order.index(axes[0]), rewriter)
        return transpose(result, np.argsort(order).tolist(), rewriter)

    def _steps(self) -> list[tuple[int, ...]]:
        """The dimensions, two at a time from the last on."""
        axes = self.axes
        odd = len(axes) % 2
        pairs = [axes[start : start + 2] for start in range(odd, len(axes), 2)]
        return [*pairs[::-1], *([axes[:1]] if odd else [])]

    def _pads(self, axes: Sequence[int]) -> Pads:
        return tuple(self.window.pads[axis] for axis in axes)

    def _same(self, axes: Sequence[int]) -> Pads:
        window = self.window
        return tuple(
            same_pads(window.inputs[axis], window.sizes[axis], window.strides[axis])
            for axis in axes
        )

    def _is_same(self, axes: Sequence[int]) -> bool:
        return (
            self._pads(axes) == self._same(axes) if self.padded_same is None else self.padded_same
        )

    def _step(self, value: Value, axes: tuple[int, ...], first: int, rewriter: Rewriter) -> Value:
        """Pool over one or two dimensions of a value, of which these are the positions."""
        pads = self._pads(axes)
        in_op = not self.pads_in_front and self._is_same(axes)
        if not in_op:
            value = self._padded(value, first, pads, rewriter)
        shape = shape_of(value)
        before, rows = shape[:first], shape[first : first + len(axes)]
        after = shape[first + len(axes) :]
        image = (math.prod(before), *(1,) * (2 - len(rows)), *rows, math.prod(after))
        result = self._pool(reshape(value, image, rewriter), axes, in_op=in_op, rewriter=rewriter)
        sizes = shape_of(result)[1:-1][-len(axes) :]
        return reshape(result, (*before, *sizes, *after), rewriter)

    def _padded(self, value: Value, first: int, pads: Pads, rewriter: Rewriter) -> Value:
        if is_zero(pads):
            return value
        widths = [(0, 0)] * len(shape_of(value))
        widths[first : first + len(pads)] = pads
        return pad_around(value, tuple(widths), rewriter, fill=self.fill)

    def _pool(self, image: Value, axes: Sequence[int], *, in_op: bool, rewriter: Rewriter) -> Value:
        window, rows = self.window, (1,) * (2 - len(axes))
        sizes = (*rows, *(window.sizes[axis] for axis in axes))
        strides = (*rows, *(window.strides[axis] for axis in axes))
        outputs = [
            -(-size // stride) if in_op else (size - extent) // stride + 1
            for size, extent, stride in zip(shape_of(image)[1:-1], sizes, strides, strict=True)
        ]
        attributes = {
            "filter_height": sizes[0],
            "filter_width": sizes[1],
            "stride_h": strides[0],
            "stride_w": strides[1],
            "padding": "SAME" if in_op else "VALID",
            "fused_activation_function": "NONE",
        }
        batch, *_, features = shape_of(image)
        kind = tensor_type((batch, *outputs, features), "float32")
        return rewriter.op(self.name, [image], kind, attributes)
