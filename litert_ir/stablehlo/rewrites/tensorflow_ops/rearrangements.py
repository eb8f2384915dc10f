"""Legalize TensorFlow ops that move elements: space to batch, pack, split and the like.

LiteRT has the same ones; each arrives as a custom call, as those of
`litert_ir.stablehlo.rewrites.tensorflow_ops.one_to_one` do.
"""

from __future__ import annotations

import numpy as np

from litert_ir.stablehlo.mlir.creation import mirror_mode
from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.mlir.values import integer, shape_of, text
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter


@pattern("tf.BatchToSpaceND", "tf.SpaceToBatchND")
def rearrange_batch(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.SpaceToBatchND`` and ``tf.BatchToSpaceND``, up to four dimensions.

    Before:
        func.func @main(%x: tensor<1x4x4x1xf32>, %blocks: tensor<2xi32>, %pads: tensor<2x2xi32>)
            -> tensor<4x2x2x1xf32> {
          %0 = stablehlo.custom_call @tf.SpaceToBatchND(%x, %blocks, %pads) : (tensor<1x4x4x1xf32>,
              tensor<2xi32>, tensor<2x2xi32>) -> tensor<4x2x2x1xf32>
          return %0 : tensor<4x2x2x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x4x4x1xf32>, %blocks: tensor<2xi32>, %pads: tensor<2x2xi32>)
            -> tensor<4x2x2x1xf32> {
          %0 = "tfl.space_to_batch_nd"(%x, %blocks, %pads) : (tensor<1x4x4x1xf32>, tensor<2xi32>,
              tensor<2x2xi32>) -> tensor<4x2x2x1xf32>
          return %0 : tensor<4x2x2x1xf32>
        }
    """
    to_batch = text(op, "call_target_name") == "tf.SpaceToBatchND"
    if len(shape_of(op.operands[0])) > 4:
        return False
    name = "tfl.space_to_batch_nd" if to_batch else "tfl.batch_to_space_nd"
    return rewriter.replace_by(op, name, op.operands)


@pattern("tf.ReverseV2")
def reverse(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.ReverseV2`` to one ``tfl.reverse_v2`` for each of its axes.

    Before:
        func.func @main(%x: tensor<2x1x3xf32>) -> tensor<2x1x3xf32> {
          %axes = stablehlo.constant dense<[0, 2]> : tensor<2xi32>
          %0 = stablehlo.custom_call @tf.ReverseV2(%x, %axes) : (tensor<2x1x3xf32>, tensor<2xi32>)
              -> tensor<2x1x3xf32>
          return %0 : tensor<2x1x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x1x3xf32>) -> tensor<2x1x3xf32> {
          %c = stablehlo.constant dense<0> : tensor<1xi32>
          %0 = "tfl.reverse_v2"(%x, %c) : (tensor<2x1x3xf32>, tensor<1xi32>) -> tensor<2x1x3xf32>
          %c_0 = stablehlo.constant dense<2> : tensor<1xi32>
          %1 = "tfl.reverse_v2"(%0, %c_0) : (tensor<2x1x3xf32>, tensor<1xi32>) -> tensor<2x1x3xf32>
          return %1 : tensor<2x1x3xf32>
        }

    The kernel takes one range of axes.
    """
    axes = rewriter.array(op.operands[1])
    value, kind = op.operands[0], op.results[0].type
    if axes is None:
        return False
    for axis in sorted(int(axis) % len(shape_of(value)) for axis in axes.reshape(-1)):
        where = rewriter.constant(np.array([axis], np.int32))
        value = rewriter.op("tfl.reverse_v2", [value, where], kind)
    return rewriter.replace(op, value)


@pattern("tf.DepthToSpace", "tf.SpaceToDepth")
def rearrange_depth(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.DepthToSpace`` to `tfl.depth_to_space`, and ``tf.SpaceToDepth`` to its inverse.

    Before:
        func.func @main(%x: tensor<1x1x1x4xf32>) -> tensor<1x2x2x1xf32> {
          %0 = stablehlo.custom_call @tf.DepthToSpace(%x) {block_size = 2 : i64}
              : (tensor<1x1x1x4xf32>) -> tensor<1x2x2x1xf32>
          return %0 : tensor<1x2x2x1xf32>
        }

    After:
        func.func @main(%x: tensor<1x1x1x4xf32>) -> tensor<1x2x2x1xf32> {
          %0 = "tfl.depth_to_space"(%x) <{block_size = 2 : i32}> : (tensor<1x1x1x4xf32>)
              -> tensor<1x2x2x1xf32>
          return %0 : tensor<1x2x2x1xf32>
        }
    """
    to_space = text(op, "call_target_name") == "tf.DepthToSpace"
    name = "tfl.depth_to_space" if to_space else "tfl.space_to_depth"
    attributes = {"block_size": integer(op, "block_size")}
    return rewriter.replace_by(op, name, op.operands, attributes)


@pattern("tf.MirrorPad")
def mirror_pad(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.MirrorPad`` to `tfl.mirror_pad`.

    Before:
        func.func @main(%x: tensor<3xf32>, %pads: tensor<1x2xi32>) -> tensor<6xf32> {
          %0 = stablehlo.custom_call @tf.MirrorPad(%x, %pads) {mode = "REFLECT"} : (tensor<3xf32>,
              tensor<1x2xi32>) -> tensor<6xf32>
          return %0 : tensor<6xf32>
        }

    After:
        func.func @main(%x: tensor<3xf32>, %pads: tensor<1x2xi32>) -> tensor<6xf32> {
          %0 = "tfl.mirror_pad"(%x, %pads) <{mode = #tfl<mirror_pad_attr REFLECT>}>
              : (tensor<3xf32>, tensor<1x2xi32>) -> tensor<6xf32>
          return %0 : tensor<6xf32>
        }
    """
    attributes = {"mode": mirror_mode(text(op, "mode"))}
    return rewriter.replace_by(op, "tfl.mirror_pad", op.operands, attributes)


@pattern("tf.Pack")
def pack(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.Pack`` to `tfl.pack`.

    Before:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2x2xf32> {
          %0 = stablehlo.custom_call @tf.Pack(%a, %b) {axis = 1 : i64} : (tensor<2xf32>,
              tensor<2xf32>) -> tensor<2x2xf32>
          return %0 : tensor<2x2xf32>
        }

    After:
        func.func @main(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2x2xf32> {
          %0 = "tfl.pack"(%a, %b) <{axis = 1 : i32, values_count = 2 : i32}> : (tensor<2xf32>,
              tensor<2xf32>) -> tensor<2x2xf32>
          return %0 : tensor<2x2xf32>
        }
    """
    attributes = {"axis": integer(op, "axis"), "values_count": len(op.operands)}
    return rewriter.replace_by(op, "tfl.pack", op.operands, attributes)


@pattern("tf.Unpack")
def unpack(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.Unpack`` to `tfl.unpack`.

    Before:
        func.func @main(%x: tensor<3x2xf32>) -> tensor<3xf32> {
          %0:2 = stablehlo.custom_call @tf.Unpack(%x) {axis = 1 : i64} : (tensor<3x2xf32>)
              -> (tensor<3xf32>, tensor<3xf32>)
          return %0#1 : tensor<3xf32>
        }

    After:
        func.func @main(%x: tensor<3x2xf32>) -> tensor<3xf32> {
          %0:2 = "tfl.unpack"(%x) <{axis = 1 : i32, num = 2 : i32}> : (tensor<3x2xf32>)
              -> (tensor<3xf32>, tensor<3xf32>)
          return %0#1 : tensor<3xf32>
        }
    """
    attributes = {"axis": integer(op, "axis"), "num": len(op.results)}
    return rewriter.replace_by(op, "tfl.unpack", op.operands, attributes)


@pattern("tf.Split")
def rename_split(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.Split`` to `tfl.split`.

    Before:
        func.func @main(%x: tensor<4xf32>, %axis: tensor<i32>) -> tensor<2xf32> {
          %0:2 = stablehlo.custom_call @tf.Split(%axis, %x) : (tensor<i32>, tensor<4xf32>)
              -> (tensor<2xf32>, tensor<2xf32>)
          return %0#1 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<4xf32>, %axis: tensor<i32>) -> tensor<2xf32> {
          %0:2 = "tfl.split"(%axis, %x) <{num_splits = 2 : i32}> : (tensor<i32>, tensor<4xf32>)
              -> (tensor<2xf32>, tensor<2xf32>)
          return %0#1 : tensor<2xf32>
        }
    """
    attributes = {"num_splits": len(op.results)}
    return rewriter.replace_by(op, "tfl.split", op.operands, attributes)


@pattern("tf.SplitV")
def split(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.SplitV`` of known sizes to `tfl.split_v`.

    Before:
        func.func @main(%x: tensor<4xf32>) -> tensor<3xf32> {
          %sizes = stablehlo.constant dense<[1, 3]> : tensor<2xi64>
          %axis = stablehlo.constant dense<0> : tensor<i32>
          %0:2 = stablehlo.custom_call @tf.SplitV(%x, %sizes, %axis) : (tensor<4xf32>,
              tensor<2xi64>, tensor<i32>) -> (tensor<1xf32>, tensor<3xf32>)
          return %0#1 : tensor<3xf32>
        }

    After:
        func.func @main(%x: tensor<4xf32>) -> tensor<3xf32> {
          %c = stablehlo.constant dense<[1, 3]> : tensor<2xi32>
          %c_0 = stablehlo.constant dense<0> : tensor<i32>
          %0:2 = "tfl.split_v"(%x, %c, %c_0) <{num_splits = 2 : i32}> : (tensor<4xf32>,
              tensor<2xi32>, tensor<i32>) -> (tensor<1xf32>, tensor<3xf32>)
          return %0#1 : tensor<3xf32>
        }
    """
    operands = list(op.operands)
    for position in (1, 2):
        known = rewriter.array(operands[position])
        if known is None:
            return False
        operands[position] = rewriter.constant(np.asarray(known, np.int32))
    attributes = {"num_splits": len(op.results)}
    return rewriter.replace_by(op, "tfl.split_v", operands, attributes)
