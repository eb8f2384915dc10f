"""TensorFlow ops that LiteRT has too are converted one to one.

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
    """``tf.Relu6`` becomes ``tfl.relu6``, with the same operands.

    Before: ``stablehlo.custom_call @tf.Relu6(%x)``
    After: ``"tfl.relu6"(%x)``.
    """
    target = text(op, "call_target_name")
    return _replace(op, _SAME_NAME[target], op.operands, rewriter)


@pattern("tf.BatchToSpaceND", "tf.SpaceToBatchND")
def rearrange_batch(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.SpaceToBatchND`` becomes `tfl.space_to_batch_nd`, up to four dimensions.

    Before: ``stablehlo.custom_call @tf.SpaceToBatchND(%x, %blocks, %pads)``
    After: ``"tfl.space_to_batch_nd"(%x, %blocks, %pads)``. Those around a convolution are gone
    by then: see `dilate`.
    """
    to_batch = text(op, "call_target_name") == "tf.SpaceToBatchND"
    if len(shape_of(op.operands[0])) > 4:
        return False
    name = "tfl.space_to_batch_nd" if to_batch else "tfl.batch_to_space_nd"
    return _replace(op, name, op.operands, rewriter)


@pattern("tf.ReverseV2")
def reverse(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.ReverseV2`` becomes ``tfl.reverse_v2`` for each of its axes.

    Before: ``stablehlo.custom_call @tf.ReverseV2(%x, [0, 2])``
    After: ``"tfl.reverse_v2"(%x, [0])``, then ``[2]``: the kernel takes one range of axes.
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
    """A gather along a known axis becomes `tfl.gather`.

    Before: ``stablehlo.custom_call @tf.GatherV2(%x, %indices, %axis)``
    After: ``"tfl.gather"(%x, %indices) {axis, batch_dims}``.
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
    """``torch_index_select`` becomes `tfl.gather`.

    Before: ``"stablehlo.torch_index_select"(%x, %indices) {dim, batch_dims}``
    After: ``"tfl.gather"(%x, %indices) {axis, batch_dims}``.
    """
    attributes = {"axis": integer(op, "dim"), "batch_dims": integer(op, "batch_dims")}
    return _replace(op, "tfl.gather", op.operands, rewriter, attributes)


@pattern("tf.ArgMax", "tf.ArgMin")
def arg_extreme(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.ArgMax`` becomes `tfl.arg_max`, ``tf.ArgMin`` `tfl.arg_min`.

    Before: ``stablehlo.custom_call @tf.ArgMax(%x, %axis)``
    After: ``"tfl.arg_max"(%x, %axis)``. Keras puts a tiny number in the place of negative
    zeros, which takes more operations than all else; the two zeros count as equal here.
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
    """``tf.DepthToSpace`` becomes `tfl.depth_to_space`, ``tf.SpaceToDepth`` its inverse.

    Before: ``stablehlo.custom_call @tf.DepthToSpace(%x) {block_size = 2}``
    After: ``"tfl.depth_to_space"(%x) {block_size = 2}``.
    """
    to_space = text(op, "call_target_name") == "tf.DepthToSpace"
    name = "tfl.depth_to_space" if to_space else "tfl.space_to_depth"
    attributes = {"block_size": integer(op, "block_size")}
    return _replace(op, name, op.operands, rewriter, attributes)


@pattern("tf.OneHot")
def one_hot(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.OneHot`` becomes `tfl.one_hot`.

    Before: ``stablehlo.custom_call @tf.OneHot(%indices, %depth, %on, %off) {axis = -1}``
    After: ``"tfl.one_hot"(%indices, %depth, %on, %off) {axis = -1}``.
    """
    attributes = {"axis": integer(op, "axis", -1)}
    return _replace(op, "tfl.one_hot", op.operands, rewriter, attributes)


@pattern("tf.Cumsum")
def cumulate(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.Cumsum`` becomes `tfl.cumsum`.

    Before: ``stablehlo.custom_call @tf.Cumsum(%x, %axis) {exclusive, reverse}``
    After: ``"tfl.cumsum"(%x, %axis) {exclusive, reverse}``.
    """
    axis = rewriter.array(op.operands[1])
    if axis is None:
        return False
    where = rewriter.constant(np.asarray(axis, np.int32))
    attributes = {name: flag(op, name) for name in ("exclusive", "reverse")}
    return _replace(op, "tfl.cumsum", [op.operands[0], where], rewriter, attributes)


@pattern("tf.MirrorPad")
def mirror_pad(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.MirrorPad`` becomes `tfl.mirror_pad`.

    Before: ``stablehlo.custom_call @tf.MirrorPad(%x, %pads) {mode = "REFLECT"}``
    After: ``"tfl.mirror_pad"(%x, %pads) {mode = REFLECT}``.
    """
    attributes = {"mode": mirror_mode(text(op, "mode"))}
    return _replace(op, "tfl.mirror_pad", op.operands, rewriter, attributes)


@pattern("tf.Softmax")
def rename_softmax(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.Softmax`` becomes `tfl.softmax`.

    Before: ``stablehlo.custom_call @tf.Softmax(%x)``
    After: ``"tfl.softmax"(%x) {beta = 1.0}``.
    """
    return _replace(op, "tfl.softmax", op.operands, rewriter, {"beta": 1.0})


@pattern("tf.LeakyRelu")
def leaky_relu(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.LeakyRelu`` becomes `tfl.leaky_relu`.

    Before: ``stablehlo.custom_call @tf.LeakyRelu(%x) {alpha = 0.2}``
    After: ``"tfl.leaky_relu"(%x) {alpha = 0.2}``.
    """
    alpha = number(op, "alpha")
    return _replace(op, "tfl.leaky_relu", op.operands, rewriter, {"alpha": alpha})


@pattern("tf.Pack")
def pack(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.Pack`` becomes `tfl.pack`.

    Before: ``stablehlo.custom_call @tf.Pack(%a, %b) {axis = 1}``
    After: ``"tfl.pack"(%a, %b) {axis = 1, values_count = 2}``.
    """
    attributes = {"axis": integer(op, "axis"), "values_count": len(op.operands)}
    return _replace(op, "tfl.pack", op.operands, rewriter, attributes)


@pattern("tf.Unpack")
def unpack(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.Unpack`` becomes `tfl.unpack`.

    Before: ``stablehlo.custom_call @tf.Unpack(%x) {axis = 1}``
    After: ``"tfl.unpack"(%x) {axis = 1, num = 2}``.
    """
    attributes = {"axis": integer(op, "axis"), "num": len(op.results)}
    return _replace(op, "tfl.unpack", op.operands, rewriter, attributes)


@pattern("tf.Split")
def rename_split(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.Split`` becomes `tfl.split`.

    Before: ``stablehlo.custom_call @tf.Split(%axis, %x)``
    After: ``"tfl.split"(%axis, %x) {num_splits = 3}``.
    """
    attributes = {"num_splits": len(op.results)}
    return _replace(op, "tfl.split", op.operands, rewriter, attributes)


@pattern("tf.SplitV")
def split(op: Operation, rewriter: Rewriter) -> bool:
    """``tf.SplitV`` becomes `tfl.split_v`.

    Before: ``stablehlo.custom_call @tf.SplitV(%x, %sizes, %axis)``
    After: ``"tfl.split_v"(%x, %sizes, %axis) {num_splits = 3}``.
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
