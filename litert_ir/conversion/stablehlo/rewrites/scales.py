"""Multiplications and additions per output feature move into the layer in front of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from litert_ir.conversion.stablehlo.rewrites.mlir_values import (
    has_one_use,
    integers,
    producer,
    shape_of,
)
from litert_ir.conversion.stablehlo.rewrites.pattern import pattern
from litert_ir.conversion.stablehlo.rewrites.rewriter import Rewriter, literal
from litert_ir.conversion.stablehlo.simplify import broadcasted, reshaped
from litert_ir.conversion.stablehlo.weight_functions import BinaryFunction, UnaryFunction
from litert_ir.conversion.stablehlo.weights import Binary, Unary, WeightExpr

_FEATURE_AXIS = {
    "tfl.conv_2d": 0,
    "tfl.depthwise_conv_2d": 3,
    "tfl.conv_3d": 4,
    "tfl.fully_connected": 0,
    "tfl.transpose_conv": 0,
}
"""Which axis of the stored weight counts the output features."""
_WEIGHT = 1
"""Which operand is the weight; the bias is the last one."""

OperandsOf = Callable[[Any, WeightExpr, Rewriter], list[Any] | None]
"""A layer's new operands with numbers per feature; None where they cannot be moved in."""


@pattern("stablehlo.add")
def add_bias(op: Any, rewriter: Rewriter) -> bool:
    """``layer(x, w, none) + b`` becomes ``layer(x, w, b)``.

    Before: ``%0 = "tfl.conv_2d"(%x, %w, %none)``, ``stablehlo.add %0, %b`` with one number
    per feature in ``%b``
    After: ``"tfl.conv_2d"(%x, %w, %b)``. A bias that is there already is added to.
    """
    return _move_into_layer(op, rewriter, _with_bias)


@pattern("stablehlo.subtract")
def subtract_bias(op: Any, rewriter: Rewriter) -> bool:
    """``layer(x, w, none) - b`` becomes ``layer(x, w, -b)``; see `add_bias`."""
    return _move_into_layer(op, rewriter, _with_negative_bias, sides=(0,))


@pattern("stablehlo.multiply")
def scale_weight(op: Any, rewriter: Rewriter) -> bool:
    """``layer(x, w, b) * s`` becomes ``layer(x, w * s, b * s)``: batch normalization folds.

    Before: ``%0 = "tfl.conv_2d"(%x, %w, %b)``, ``stablehlo.multiply %0, %s`` with one number
    per feature in ``%s``
    After: ``"tfl.conv_2d"(%x, %ws, %bs)``. The product with a big weight is computed when the
    file is written.
    """
    return _move_into_layer(op, rewriter, _scaled)


def _move_into_layer(
    op: Any, rewriter: Rewriter, operands_of: OperandsOf, sides: tuple[int, ...] = (0, 1)
) -> bool:
    for side in sides:
        found = _layer_below(op.operands[side])
        if found is None:
            continue
        layer, reshapes = found
        features = shape_of(layer.results[0])[-1]
        vector = feature_vector(op.operands[1 - side], features, rewriter)
        operands = None if vector is None else operands_of(layer, vector, rewriter)
        if operands is None:
            continue
        attributes = {name: layer.attributes[name] for name in layer.attributes}
        value = rewriter.op(layer.name, operands, layer.results[0].type, attributes)
        for reshape in reshapes:
            value = rewriter.op("stablehlo.reshape", [value], reshape.results[0].type)
        return rewriter.replace(op, value)
    return False


def _layer_below(value: Any) -> tuple[Any, list[Any]] | None:
    """The layer that made a value that nobody else takes, and the reshapes after it.

    Reshapes that keep the last dimension keep the features apart.
    """
    reshapes: list[Any] = []
    while has_one_use(value):
        op = producer(value)
        if op is None:
            return None
        if op.name in _FEATURE_AXIS:
            return (op, reshapes) if _is_linear(op) else None
        if op.name != "stablehlo.reshape":
            return None
        source = op.operands[0]
        if not shape_of(source) or shape_of(source)[-1:] != shape_of(value)[-1:]:
            return None
        reshapes.insert(0, op)
        value = source
    return None


def _is_linear(layer: Any) -> bool:
    return "NONE" in str(layer.attributes["fused_activation_function"])


def feature_vector(value: Any, features: int, rewriter: Rewriter) -> WeightExpr | None:
    """The numbers per feature that a value repeats along all other dimensions, as ``[features]``.

    The features are the last dimension. None when the value is no weight, or differs
    along another dimension.
    """
    if shape_of(value)[-1:] != (features,):
        return None
    expr = rewriter.expr(value)
    if expr is not None:
        return _repeated(expr, features, value, rewriter)
    op = producer(value)
    if op is None or op.name != "stablehlo.broadcast_in_dim":
        return None
    source = rewriter.expr(op.operands[0])
    if source is None or math.prod(source.shape) != features or features == 1:
        return None
    dimensions = integers(op, "broadcast_dimensions")
    last = len(shape_of(value)) - 1
    axes = [axis for axis, size in zip(dimensions, source.shape, strict=True) if size != 1]
    return reshaped(source, (features,)) if axes == [last] else None


def _repeated(expr: WeightExpr, features: int, value: Any, rewriter: Rewriter) -> WeightExpr | None:
    if math.prod(expr.shape) == features:
        return reshaped(expr, (features,))
    array = rewriter.array(value)
    if array is None:
        return None
    rows = array.reshape(-1, features)
    return literal(rows[0]) if (rows == rows[0]).all() else None


def _with_bias(layer: Any, vector: WeightExpr, rewriter: Rewriter) -> list[Any] | None:
    *others, bias = layer.operands
    if is_left_out(bias):
        return [*others, rewriter.weight(vector)]
    known = rewriter.expr(bias)
    if known is None:
        return None
    return [*others, rewriter.weight(Binary(BinaryFunction.ADD, known, vector))]


def _with_negative_bias(layer: Any, vector: WeightExpr, rewriter: Rewriter) -> list[Any] | None:
    return _with_bias(layer, Unary(UnaryFunction.NEGATE, vector), rewriter)


def _scaled(layer: Any, vector: WeightExpr, rewriter: Rewriter) -> list[Any] | None:
    *others, bias = layer.operands
    weight = rewriter.expr(others[_WEIGHT])
    known = None if is_left_out(bias) else rewriter.expr(bias)
    if weight is None or (known is None and not is_left_out(bias)):
        return None
    axis = _FEATURE_AXIS[layer.name]
    factors = broadcasted(vector, weight.shape, (axis,))
    others[_WEIGHT] = rewriter.weight(Binary(BinaryFunction.MULTIPLY, weight, factors))
    if known is None:
        return [*others, bias]
    return [*others, rewriter.weight(Binary(BinaryFunction.MULTIPLY, known, vector))]


def is_left_out(operand: Any) -> bool:
    """Whether an operand is `tfl.no_value`."""
    op = producer(operand)
    return op is not None and op.name == "tfl.no_value"
