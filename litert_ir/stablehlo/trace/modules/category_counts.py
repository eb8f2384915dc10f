"""Counts of categories, whose number TensorFlow takes to depend on the data, get a known one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import ir
from litert_ir.stablehlo.mlir.interfaces import Attribute, Module, Operation, Type, Value
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    dtype_of,
    flag,
    is_static,
    producer,
    shape_of,
    tensor_type,
)
from litert_ir.stablehlo.mlir.walk import operations


def count_by_one_hot(module: Module) -> None:
    """Replace ``tf.DenseBincount`` with a known number of categories, in place.

    Before: ``tf.DenseBincount(%x, %size, %weights)`` where ``%size`` is
    ``minimum(6, maximum(6, max(%x) + 1))``, as Keras' `CategoryEncoding` writes it
    After: ``%h = tf.OneHot(%x, 6)``, ``tf.Sum`` of ``%h`` over the elements of an example;
    ``tf.Max`` where the output is binary. Categories beyond the last are not counted.
    """
    for op in operations(module):
        if op.name == "tf.DenseBincount":
            _replace(op)


def _replace(op: Operation) -> None:
    values, size, weights = op.operands
    count, kind = _number(size), values.type
    if count is None or not isinstance(kind, ir.RankedTensorType):
        return
    if kind.rank != 2 or not is_static(weights) or 0 not in shape_of(weights):
        return
    with ir.InsertionPoint(op), op.location:
        dtype = dtype_of(op.results[0])
        element = ir.RankedTensorType(op.results[0].type).element_type
        numbers = [np.array(count, np.int32), np.array(1, dtype), np.array(0, dtype)]
        one_hot = _made(
            "tf.OneHot",
            [values, *map(_constant, numbers)],
            ir.RankedTensorType.get([*kind.shape, count], element),
            axis=ir.IntegerAttr.get(ir.IntegerType.get_signless(64), -1),
        )
        name = "tf.Max" if flag(op, "binary_output") else "tf.Sum"
        axis = _constant(np.array([1], np.int32))
        kept = ir.BoolAttr.get(False)
        total = _made(name, [one_hot, axis], op.results[0].type, keep_dims=kept)
    op.results[0].replace_all_uses_with(total)
    op.erase()


def _made(name: str, operands: list[Value], kind: Type, **attributes: Attribute) -> Value:
    made: Operation = ir.Operation.create(name, [kind], operands, attributes)
    return made.results[0]


def _constant(array: NDArray[Any]) -> Value:
    kind = tensor_type(array.shape, array.dtype.name)
    return _made("tf.Const", [], kind, value=ir.DenseElementsAttr.get(array, type=kind))


def _number(size: Value) -> int | None:
    """The number that a scalar is: a constant, or what is neither above nor below one."""
    op = producer(size)
    if op is None or op.name == "tf.Const":
        return None if op is None else _constant_number(op)
    if op.name != "tf.Minimum":
        return None
    for number, other in both_orders(op):
        limit, below = _number(number), producer(other)
        bounded = limit is not None and below is not None and below.name == "tf.Maximum"
        if bounded and limit in map(_number, below.operands):  # type: ignore[union-attr]
            return limit
    return None


def _constant_number(op: Operation) -> int | None:
    """The value of a scalar ``tf.Const``."""
    value = ir.DenseElementsAttr(op.attributes["value"])
    return int(value.get_splat_value().value) if value.is_splat else None
