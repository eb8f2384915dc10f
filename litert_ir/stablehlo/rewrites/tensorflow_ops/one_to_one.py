"""Legalize TensorFlow ops that LiteRT has too, one to one.

Each arrives as a custom call that `litert_ir.stablehlo.trace.modules.kept_ops` put in
its place: StableHLO's way of saying the same takes many operations, or says it wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from litert_ir.stablehlo.mlir.creation import mirror_mode
from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import flag, integer, number, producer, shape_of, text
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter

_SAME_NAME = {
    "tf.Elu": "tfl.elu",
    "tf.FloorDiv": "tfl.floor_div",
    "tf.FloorMod": "tfl.floor_mod",
    "tf.GatherNd": "tfl.gather_nd",
    "tf.LogSoftmax": "tfl.log_softmax",
    "tf.Relu": "tfl.relu",
    "tf.Relu6": "tfl.relu6",
    "tf.SquaredDifference": "tfl.squared_difference",
    "tf.Tile": "tfl.tile",
}
"""Ops that differ in their names alone."""


@pattern(*_SAME_NAME)
def rename_op(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize an op that LiteRT has under the same name, such as ``tf.Relu6``.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.custom_call @tf.Relu6(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.relu6"(%x) : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }
    """
    target = text(op, "call_target_name")
    return _replace(op, _SAME_NAME[target], op.operands, rewriter)


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
    return _replace(op, name, op.operands, rewriter)


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


@pattern("tf.GatherV2")
def gather(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize a gather along a known axis to `tfl.gather`.

    Before:
        func.func @main(%x: tensor<2x4xf32>, %i: tensor<3xi32>) -> tensor<2x3xf32> {
          %axis = stablehlo.constant dense<1> : tensor<i32>
          %0 = stablehlo.custom_call @tf.GatherV2(%x, %i, %axis) : (tensor<2x4xf32>, tensor<3xi32>,
              tensor<i32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x4xf32>, %i: tensor<3xi32>) -> tensor<2x3xf32> {
          %0 = "tfl.gather"(%x, %i) <{axis = 1 : i32, batch_dims = 0 : i32}> : (tensor<2x4xf32>,
              tensor<3xi32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    axis = rewriter.array(op.operands[2])
    if axis is None:
        return False
    rank = len(shape_of(op.operands[0]))
    batch = integer(op, "batch_dims")
    if batch < 0:
        batch += len(shape_of(op.operands[1]))
    attributes = {"axis": int(axis) % rank, "batch_dims": batch}
    return _replace(op, "tfl.gather", list(op.operands)[:2], rewriter, attributes)


@pattern("stablehlo.torch_index_select")
def select_index(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``torch_index_select`` to `tfl.gather`.

    Before:
        func.func @main(%x: tensor<2x4xf32>, %i: tensor<3xi32>) -> tensor<2x3xf32> {
          %0 = "stablehlo.torch_index_select"(%x, %i) {dim = 1 : i64, batch_dims = 0 : i64}
              : (tensor<2x4xf32>, tensor<3xi32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x4xf32>, %i: tensor<3xi32>) -> tensor<2x3xf32> {
          %0 = "tfl.gather"(%x, %i) <{axis = 1 : i32, batch_dims = 0 : i32}> : (tensor<2x4xf32>,
              tensor<3xi32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    attributes = {"axis": integer(op, "dim"), "batch_dims": integer(op, "batch_dims")}
    return _replace(op, "tfl.gather", op.operands, rewriter, attributes)


@pattern("tf.ArgMax", "tf.ArgMin")
def arg_extreme(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.ArgMax`` to `tfl.arg_max`, and ``tf.ArgMin`` to `tfl.arg_min`.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %zero: tensor<2x3xi1>) -> tensor<2xi32> {
          %tiny = stablehlo.constant dense<-1.17549435e-38> : tensor<2x3xf32>
          %axis = stablehlo.constant dense<1> : tensor<i32>
          %0 = stablehlo.select %zero, %tiny, %x : tensor<2x3xi1>, tensor<2x3xf32>
          %1 = stablehlo.custom_call @tf.ArgMax(%0, %axis) : (tensor<2x3xf32>, tensor<i32>)
              -> tensor<2xi32>
          return %1 : tensor<2xi32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>, %zero: tensor<2x3xi1>) -> tensor<2xi32> {
          %c = stablehlo.constant dense<1> : tensor<i32>
          %0 = "tfl.arg_max"(%x, %c) : (tensor<2x3xf32>, tensor<i32>) -> tensor<2xi32>
          return %0 : tensor<2xi32>
        }

    Keras puts a tiny number in the place of negative zeros, which takes more operations than all
    else; the two zeros count as equal here.
    """
    name = "tfl.arg_max" if text(op, "call_target_name") == "tf.ArgMax" else "tfl.arg_min"
    axis = rewriter.array(op.operands[1])
    if axis is None:
        return False
    where = rewriter.constant(np.asarray(axis, np.int32))
    value = _with_equal_zeros(op.operands[0], rewriter)
    return _replace(op, name, [value, where], rewriter)


def _with_equal_zeros(value: Value, rewriter: Rewriter) -> Value:
    """What a value is but for a tiny number in the place of negative zeros."""
    select = producer(value)
    if select is None or select.name != "stablehlo.select":
        return value
    _, tiny, others = select.operands
    number = rewriter.splat(tiny)
    is_tiny = number is not None and 0 < abs(number) <= np.finfo(np.float32).tiny
    return others if is_tiny else value


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
    return _replace(op, name, op.operands, rewriter, attributes)


@pattern("tf.OneHot")
def one_hot(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.OneHot`` to `tfl.one_hot`.

    Before:
        func.func @main(%i: tensor<2xi32>, %depth: tensor<i32>, %on: tensor<f32>, %off: tensor<f32>)
            -> tensor<2x4xf32> {
          %0 = stablehlo.custom_call @tf.OneHot(%i, %depth, %on, %off) {axis = -1 : i64}
              : (tensor<2xi32>, tensor<i32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
          return %0 : tensor<2x4xf32>
        }

    After:
        func.func @main(%i: tensor<2xi32>, %depth: tensor<i32>, %on: tensor<f32>, %off: tensor<f32>)
            -> tensor<2x4xf32> {
          %0 = "tfl.one_hot"(%i, %depth, %on, %off) <{axis = -1 : i32}> : (tensor<2xi32>,
              tensor<i32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
          return %0 : tensor<2x4xf32>
        }
    """
    attributes = {"axis": integer(op, "axis", -1)}
    return _replace(op, "tfl.one_hot", op.operands, rewriter, attributes)


@pattern("tf.Cumsum")
def cumulate(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.Cumsum`` along a known axis to `tfl.cumsum`.

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %axis = stablehlo.constant dense<1> : tensor<i32>
          %0 = stablehlo.custom_call @tf.Cumsum(%x, %axis) {exclusive = false, reverse = true}
              : (tensor<2x3xf32>, tensor<i32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %c = stablehlo.constant dense<1> : tensor<i32>
          %0 = "tfl.cumsum"(%x, %c) <{exclusive = false, reverse = true}> : (tensor<2x3xf32>,
              tensor<i32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    axis = rewriter.array(op.operands[1])
    if axis is None:
        return False
    where = rewriter.constant(np.asarray(axis, np.int32))
    attributes = {name: flag(op, name) for name in ("exclusive", "reverse")}
    return _replace(op, "tfl.cumsum", [op.operands[0], where], rewriter, attributes)


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
    return _replace(op, "tfl.mirror_pad", op.operands, rewriter, attributes)


@pattern("tf.Softmax")
def rename_softmax(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.Softmax`` to `tfl.softmax`.

    Before:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %0 = stablehlo.custom_call @tf.Softmax(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
          %0 = "tfl.softmax"(%x) <{beta = 1.000000e+00 : f32}> : (tensor<2x3xf32>)
              -> tensor<2x3xf32>
          return %0 : tensor<2x3xf32>
        }
    """
    return _replace(op, "tfl.softmax", op.operands, rewriter, {"beta": 1.0})


@pattern("tf.LeakyRelu")
def leaky_relu(op: Operation, rewriter: Rewriter) -> bool:
    """Legalize ``tf.LeakyRelu`` to `tfl.leaky_relu`.

    Before:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = stablehlo.custom_call @tf.LeakyRelu(%x) {alpha = 0.5 : f32} : (tensor<2xf32>)
              -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }

    After:
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = "tfl.leaky_relu"(%x) <{alpha = 5.000000e-01 : f32}> : (tensor<2xf32>)
              -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }
    """
    alpha = number(op, "alpha")
    return _replace(op, "tfl.leaky_relu", op.operands, rewriter, {"alpha": alpha})


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
    return _replace(op, "tfl.pack", op.operands, rewriter, attributes)


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
    return _replace(op, "tfl.unpack", op.operands, rewriter, attributes)


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
    return _replace(op, "tfl.split", op.operands, rewriter, attributes)


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
    return _replace(op, "tfl.split_v", operands, rewriter, attributes)


def _replace(
    op: Operation,
    name: str,
    operands: Iterable[Value],
    rewriter: Rewriter,
    attributes: Mapping[str, Any] | None = None,
) -> bool:
    results = [result.type for result in op.results]
    made = rewriter.op_with_results(name, list(operands), results, attributes)
    return rewriter.replace(op, *made)
