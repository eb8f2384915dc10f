"""Legalize TensorFlow ops that LiteRT has too, one to one.

Each arrives as a custom call that `litert_ir.stablehlo.trace.modules.kept_ops` inserted: its
lowering to StableHLO takes many operations, or is wrong.
"""

from __future__ import annotations

import numpy as np

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
    return rewriter.replace_by(op, _SAME_NAME[target], op.operands)


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
    return rewriter.replace_by(op, "tfl.gather", list(op.operands)[:2], attributes)


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
    return rewriter.replace_by(op, "tfl.gather", op.operands, attributes)


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
    return rewriter.replace_by(op, name, [value, where])


def _with_equal_zeros(value: Value, rewriter: Rewriter) -> Value:
    """Return a value with a tiny number in place of negative zeros."""
    select = producer(value)
    if select is None or select.name != "stablehlo.select":
        return value
    _, tiny, others = select.operands
    number = rewriter.splat(tiny)
    is_tiny = number is not None and 0 < abs(number) <= np.finfo(np.float32).tiny
    return others if is_tiny else value


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
    return rewriter.replace_by(op, "tfl.one_hot", op.operands, attributes)


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
    return rewriter.replace_by(op, "tfl.cumsum", [op.operands[0], where], attributes)


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
    return rewriter.replace_by(op, "tfl.softmax", op.operands, {"beta": 1.0})


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
    return rewriter.replace_by(op, "tfl.leaky_relu", op.operands, {"alpha": alpha})
