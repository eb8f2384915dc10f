"""Fuse dilated convolutions, which TensorFlow decomposes."""

from __future__ import annotations

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.dimension_numbers import ConvolutionDimensions
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    attributes_of,
    dtype_of,
    has_one_use,
    op_name,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import reshape
from litert_ir.stablehlo.rewrites.engine.windows import Pads, Window


@pattern(
    "tf.BatchToSpaceND",
    before={"rearrange_batch": "The moves to the batch and back would stay, as LiteRT's ops."},
)
def dilate(op: Operation, rewriter: Rewriter) -> bool:
    """Fuse a convolution between `SpaceToBatchND` and `BatchToSpaceND` into a dilated convolution.

    Before:
        func.func @main(%x: tensor<1x4x4x1xf32>, %w: tensor<2x2x1x1xf32>
            {litert_ir.weight = "kernel"}) -> tensor<1x2x2x1xf32> {
          %block = stablehlo.constant dense<2> : tensor<2xi32>
          %none = stablehlo.constant dense<0> : tensor<2x2xi32>
          %0 = stablehlo.custom_call @tf.SpaceToBatchND(%x, %block, %none) : (tensor<1x4x4x1xf32>,
              tensor<2xi32>, tensor<2x2xi32>) -> tensor<4x2x2x1xf32>
          %1 = stablehlo.convolution(%0, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
              window = {stride = [1, 1]} {batch_group_count = 1 : i64,
              feature_group_count = 1 : i64} : (tensor<4x2x2x1xf32>, tensor<2x2x1x1xf32>)
              -> tensor<4x1x1x1xf32>
          %2 = stablehlo.custom_call @tf.BatchToSpaceND(%1, %block, %none) : (tensor<4x1x1x1xf32>,
              tensor<2xi32>, tensor<2x2xi32>) -> tensor<1x2x2x1xf32>
          return %2 : tensor<1x2x2x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32> {
          %0 = "litert_ir.weight"() {value = "kernel"} : () -> tensor<2x2x1x1xf32>
          %1 = stablehlo.convolution(%x, %0) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
              window = {stride = [1, 1], pad = [[0, 0], [0, 0]], rhs_dilate = [2, 2]}
              {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x4x4x1xf32>,
              tensor<2x2x1x1xf32>) -> tensor<1x2x2x1xf32>
          return %1 : tensor<1x2x2x1xf32>
        }

    Its padding is that of both. In one dimension there are reshapes between them, which add a
    second one of size 1 and take it away. Source: the ``atrous_conv2d`` documentation of
    TensorFlow, which defines it this way.
    """
    convolution = _before_reshape(op.operands[0])
    if convolution is None or convolution.name != "stablehlo.convolution":
        return False
    before = _before_reshape(convolution.operands[0])
    if before is None or op_name(before) != "tf.SpaceToBatchND":
        return False
    moves = _Moves.of(before, op, rewriter)
    window = Window.of(convolution, ConvolutionDimensions.of(convolution))
    if moves is None or not _is_plain(convolution, window):
        return False
    missing = len(window.sizes) - len(moves.blocks)
    if not set(window.sizes[:missing]) <= {1} or not set(window.kernel[:missing]) <= {1}:
        return False
    value = before.operands[0]
    made = _Dilated(convolution, moves.padded(missing)).emit(value, op.results[0], rewriter)
    return rewriter.replace(op, made)


def _is_plain(convolution: Operation, window: Window) -> bool:
    """Tell whether a convolution with the features last does nothing but convolve."""
    layout = ConvolutionDimensions.of(convolution)
    last = len(window.sizes) + 1
    channels_last = layout.inputs == layout.outputs == (0, last, *range(1, last))
    ones = set(window.strides) | set(window.dilation) | set(window.input_dilation)
    return channels_last and ones == {1} and not any(map(any, window.pads))


def _before_reshape(value: Value) -> Operation | None:
    """Return the producer of a value without other users, past a reshape."""
    op = producer(value)
    if op is not None and op.name == "stablehlo.reshape" and has_one_use(value):
        value = op.operands[0]
        op = producer(value)
    return op if has_one_use(value) else None


@attrs.frozen
class _Moves:
    """The blocks moved from space to batch and back.

    Attributes:
        blocks: Per spatial dimension, how many positions become examples.
        pads: The padding of each dimension, less the crop at the end.
    """

    blocks: tuple[int, ...]
    pads: Pads

    @classmethod
    def of(cls, before: Operation, after: Operation, rewriter: Rewriter) -> _Moves | None:
        """Read the moves of two operations; None where they are not known, or do not fit."""
        known = [rewriter.array(value) for op in (before, after) for value in list(op.operands)[1:]]
        if any(array is None for array in known):
            return None
        blocks, pads, blocks_after, crops = (np.asarray(array) for array in known)
        if not np.array_equal(blocks, blocks_after):
            return None
        widths = tuple((int(low), int(high)) for low, high in pads - crops)
        return cls(tuple(map(int, blocks)), widths)

    def padded(self, count: int) -> _Moves:
        """The same moves with leading dimensions in which nothing moves."""
        return _Moves((*(1,) * count, *self.blocks), (*((0, 0),) * count, *self.pads))


@attrs.frozen
class _Dilated:
    """A convolution to be dilated, and its dilation."""

    convolution: Operation
    moves: _Moves

    def emit(self, value: Value, outcome: Value, rewriter: Rewriter) -> Value:
        """The dilated convolution of a value, in the shape of what it shall be."""
        convolution = self.convolution
        missing = len(shape_of(convolution.operands[0])) - len(shape_of(value))
        attributes = attributes_of(convolution)
        attributes["padding"] = np.array(self.moves.pads, np.int64)
        attributes["rhs_dilation"] = self.moves.blocks
        image = reshape(value, _with_ones(value, missing), rewriter)
        kind = tensor_type(_with_ones(outcome, missing), dtype_of(outcome))
        operands = [image, convolution.operands[1]]
        result = rewriter.op("stablehlo.convolution", operands, kind, attributes)
        return reshape(result, shape_of(outcome), rewriter)


def _with_ones(value: Value, count: int) -> tuple[int, ...]:
    """The shape with dimensions of size 1 behind the batch."""
    batch, *others = shape_of(value)
    return (batch, *(1,) * count, *others)
