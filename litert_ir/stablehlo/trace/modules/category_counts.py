"""Give counts of categories a static number where TensorFlow takes it to depend on the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.creation import Place, before, int64
from litert_ir.stablehlo.mlir.interfaces import Module, Operation, Value
from litert_ir.stablehlo.mlir.values import (
    both_orders,
    dtype_of,
    flag,
    is_static,
    is_tensor,
    producer,
    shape_of,
    splat_element,
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
    count = _number(size)
    if count is None or not is_tensor(values) or len(shape_of(values)) != 2:
        return
    if not is_static(weights) or 0 not in shape_of(weights):
        return
    place, (result,) = before(op), op.results
    dtype = dtype_of(result)
    numbers = [np.array(count, np.int32), np.array(1, dtype), np.array(0, dtype)]
    operands = [values, *(_constant(number, place) for number in numbers)]
    kind = tensor_type((*shape_of(values), count), dtype)
    one_hot = place.value("tf.OneHot", operands, kind, {"axis": int64(-1)})
    name = "tf.Max" if flag(op, "binary_output") else "tf.Sum"
    axis = _constant(np.array([1], np.int32), place)
    total = place.value(name, [one_hot, axis], result.type, {"keep_dims": False})
    result.replace_all_uses_with(total)
    op.erase()


def _constant(array: NDArray[Any], place: Place) -> Value:
    kind = tensor_type(array.shape, array.dtype.name)
    return place.value("tf.Const", [], kind, {"value": array})


def _number(size: Value) -> int | None:
    """The number that a scalar is: a constant, or a value with equal lower and upper bounds."""
    op = producer(size)
    if op is None or op.name == "tf.Const":
        return None if op is None else _constant_number(op)
    if op.name != "tf.Minimum":
        return None
    for number, other in both_orders(op):
        limit, below = _number(number), producer(other)
        if limit is None or below is None or below.name != "tf.Maximum":
            continue
        if limit in map(_number, below.operands):
            return limit
    return None


def _constant_number(op: Operation) -> int | None:
    """The value of a scalar ``tf.Const``."""
    element = splat_element(op.attributes["value"], dtype_of(op.results[0]))
    return None if element is None else int(element)
