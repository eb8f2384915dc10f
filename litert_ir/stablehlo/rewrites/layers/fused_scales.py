"""Fold factors and biases per feature into the layer in front of or behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    attributes_of,
    is_broadcast,
    producer,
    shape_of,
    text,
    users,
)
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.use_def_chains import (
    Chain,
    Factor,
    Run,
    chain_below,
    factor_of,
)
from litert_ir.stablehlo.weights.elementwise_functions import BinaryFunction, UnaryFunction
from litert_ir.stablehlo.weights.expressions import Binary, Unary, WeightExpr
from litert_ir.stablehlo.weights.simplify import broadcasted

_FEATURE_AXIS = {
    "tfl.conv_2d": 0,
    "tfl.depthwise_conv_2d": 3,
    "tfl.conv_3d": 4,
    "tfl.fully_connected": 0,
    "tfl.transpose_conv": 0,
}
"""The axis of the stored weight that counts the output features."""
_INPUT_AXIS = {
    "tfl.conv_2d": 3,
    "tfl.depthwise_conv_2d": 3,
    "tfl.conv_3d": 3,
    "tfl.fully_connected": 1,
}
"""The axis of the stored weight that counts the input features."""
_LAYERS = ("fully_connect", "convolve", "convolve_transposed")
"""The patterns that create layers."""
_WEIGHT = 1
"""The operand that is the weight; the bias is the last one."""

OperandsOf = Callable[[Chain, Factor, Rewriter], list[Value] | None]
"""A layer's new operands with numbers per feature; None where they cannot be folded in."""


@pattern("stablehlo.add", after=dict.fromkeys(_LAYERS, "Only LiteRT's layers have a bias."))
def add_bias(op: Operation, rewriter: Rewriter) -> bool:
    """Fold an addition of one number per feature behind a layer into its bias.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %w: tensor<4x3xf32> {litert_ir.weight = "kernel"},
            %b: tensor<4xf32> {litert_ir.weight = "bias"}) -> tensor<2x4xf32> {
          %none = "tfl.no_value"() {value} : () -> none
          %0 = "tfl.fully_connected"(%x, %w, %none) {fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"} : (tensor<2x3xf32>,
              tensor<4x3xf32>, none) -> tensor<2x4xf32>
          %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
          %2 = stablehlo.add %0, %1 : tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
          %0 = "litert_ir.weight"() {value = "kernel"} : () -> tensor<4x3xf32>
          %1 = "litert_ir.weight"() {value = "bias"} : () -> tensor<4xf32>
          %2 = "tfl.fully_connected"(%x, %0, %1) <{fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"}> : (tensor<2x3xf32>,
              tensor<4x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    It may stand behind transposes, reshapes and slices of the layer's result. A bias that is there
    already is added to.
    """
    return any(_move_into_layer(op, side, rewriter, _with_bias) for side in (0, 1))


@pattern("stablehlo.subtract")
def subtract_bias(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a subtraction of one number per feature behind a layer into its bias; see `add_bias`.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %w: tensor<4x3xf32> {litert_ir.weight = "kernel"},
            %b: tensor<4xf32> {litert_ir.weight = "mean"}) -> tensor<2x4xf32> {
          %none = "tfl.no_value"() {value} : () -> none
          %0 = "tfl.fully_connected"(%x, %w, %none) {fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"} : (tensor<2x3xf32>,
              tensor<4x3xf32>, none) -> tensor<2x4xf32>
          %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
          %2 = stablehlo.subtract %0, %1 : tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
          %0 = "litert_ir.weight"() {value = "kernel"} : () -> tensor<4x3xf32>
          %1 = "litert_ir.weight"() {value = "negate(mean)"} : () -> tensor<4xf32>
          %2 = "tfl.fully_connected"(%x, %0, %1) <{fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"}> : (tensor<2x3xf32>,
              tensor<4x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }
    """
    return _move_into_layer(op, 0, rewriter, _with_negative_bias)


@pattern(
    "stablehlo.multiply",
    after=dict.fromkeys(_LAYERS, "Only of LiteRT's layers it is known which axis counts features."),
)
def scale_weight(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a factor per feature behind a layer, such as a batch normalization's, into its weight.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %w: tensor<4x3xf32> {litert_ir.weight = "kernel"},
            %b: tensor<4xf32> {litert_ir.weight = "bias"}, %s: tensor<4xf32>
            {litert_ir.weight = "gamma"}) -> tensor<2x4xf32> {
          %0 = "tfl.fully_connected"(%x, %w, %b) {fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"} : (tensor<2x3xf32>,
              tensor<4x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>
          %1 = stablehlo.broadcast_in_dim %s, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
          %2 = stablehlo.multiply %0, %1 : tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
          %0 = "litert_ir.weight"()
              {value = "multiply(kernel, broadcast(gamma, [4, 3], dims = [0]))"} : ()
              -> tensor<4x3xf32>
          %1 = "litert_ir.weight"() {value = "multiply(bias, gamma)"} : () -> tensor<4xf32>
          %2 = "tfl.fully_connected"(%x, %0, %1) <{fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"}> : (tensor<2x3xf32>,
              tensor<4x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    The factor may be one number for all features: such a one goes past products of two activations
    as well, so that what scales the scores of an attention scales the projection of the queries.
    The product with a big weight is computed when the file is written.
    """
    return any(_move_into_layer(op, side, rewriter, _scaled) for side in (0, 1))


@pattern(*_INPUT_AXIS)
def scale_input(op: Operation, rewriter: Rewriter) -> bool:
    """Fold a factor per feature in front of a layer into its weight.

    Before:
        func.func @main(%x: tensor<2x3xf32>, %w: tensor<4x3xf32> {litert_ir.weight = "kernel"},
            %s: tensor<3xf32> {litert_ir.weight = "gamma"}) -> tensor<2x4xf32> {
          %none = "tfl.no_value"() {value} : () -> none
          %0 = stablehlo.broadcast_in_dim %s, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.multiply %x, %0 : tensor<2x3xf32>
          %2 = "tfl.fully_connected"(%1, %w, %none) {fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"} : (tensor<2x3xf32>,
              tensor<4x3xf32>, none) -> tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    After:
        func.func @main(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
          %0 = "litert_ir.weight"()
              {value = "multiply(kernel, broadcast(gamma, [4, 3], dims = [1]))"} : ()
              -> tensor<4x3xf32>
          %1 = "tfl.no_value"() <{value}> : () -> none
          %2 = "tfl.fully_connected"(%x, %0, %1) <{fused_activation_function = "NONE",
              keep_num_dims = false, weights_format = "DEFAULT"}> : (tensor<2x3xf32>,
              tensor<4x3xf32>, none) -> tensor<2x4xf32>
          return %2 : tensor<2x4xf32>
        }

    The factor may be one number for all features. Nothing but such layers may take the product.
    """
    product = producer(op.operands[0])
    if product is None or product.name != "stablehlo.multiply":
        return False
    if not all(_takes_as_input(user, op.operands[0]) for user in users(op.operands[0])):
        return False
    for side in (0, 1):
        factor = factor_of(product.operands[1 - side], rewriter)
        weight = rewriter.expr(op.operands[_WEIGHT])
        if factor is None or weight is None or rewriter.is_shared(weight):
            continue
        if is_broadcast(product.operands[side]):
            continue
        axis, features = _INPUT_AXIS[op.name], shape_of(op.operands[0])[-1]
        if factor.run not in (None, Run.last(op.operands[0])) or weight.shape[axis] != features:
            continue
        scaled = rewriter.weight(_times(weight, factor.vector(features), axis))
        operands = [product.operands[side], scaled, *list(op.operands)[2:]]
        return rewriter.replace(op, _like(op, operands, rewriter))
    return False


def _takes_as_input(layer: Operation, value: Value) -> bool:
    return layer.name in _INPUT_AXIS and value not in list(layer.operands)[1:]


def _move_into_layer(op: Operation, side: int, rewriter: Rewriter, operands_of: OperandsOf) -> bool:
    factor = factor_of(op.operands[1 - side], rewriter)
    chain = None
    if factor is not None:
        chain = chain_below(op.operands[side], factor.run, _is_linear_layer)
    if factor is None or chain is None:
        return False
    operands = operands_of(chain, factor, rewriter)
    if operands is None:
        return False
    return rewriter.replace(op, chain.rebuilt(_like(chain.source, operands, rewriter), rewriter))


def _is_linear_layer(op: Operation, run: Run | None) -> bool:
    """Tell whether an operation is a layer without activation, and a run its features."""
    if op.name not in _FEATURE_AXIS or text(op, "fused_activation_function") != "NONE":
        return False
    return run is None or run == Run.last(op.results[0])


def _like(layer: Operation, operands: Sequence[Value], rewriter: Rewriter) -> Value:
    attributes = attributes_of(layer)
    return rewriter.op(layer.name, operands, layer.results[0].type, attributes)


def _with_bias(chain: Chain, factor: Factor, rewriter: Rewriter) -> list[Value] | None:
    if any(step.name == "stablehlo.dot_general" for step, _ in chain.steps):
        return None
    *others, bias = chain.source.operands
    vector = factor.vector(shape_of(chain.source.results[0])[-1])
    if is_left_out(bias):
        return [*others, rewriter.weight(vector)]
    known = rewriter.expr(bias)
    if known is None:
        return None
    return [*others, rewriter.weight(Binary(BinaryFunction.ADD, known, vector))]


def _with_negative_bias(chain: Chain, factor: Factor, rewriter: Rewriter) -> list[Value] | None:
    negative = Unary(UnaryFunction.NEGATE, factor.numbers)
    return _with_bias(chain, attrs.evolve(factor, numbers=negative), rewriter)


def _scaled(chain: Chain, factor: Factor, rewriter: Rewriter) -> list[Value] | None:
    layer = chain.source
    *others, bias = layer.operands
    vector = factor.vector(shape_of(layer.results[0])[-1])
    weight = rewriter.expr(others[_WEIGHT])
    known = None if is_left_out(bias) else rewriter.expr(bias)
    if weight is None or (known is None and not is_left_out(bias)):
        return None
    if factor.run is None and rewriter.is_shared(weight):
        return None
    others[_WEIGHT] = rewriter.weight(_times(weight, vector, _FEATURE_AXIS[layer.name]))
    if known is None:
        return [*others, bias]
    return [*others, rewriter.weight(Binary(BinaryFunction.MULTIPLY, known, vector))]


def _times(weight: WeightExpr, vector: WeightExpr, axis: int) -> WeightExpr:
    """A weight times one number for each position of an axis."""
    factors = broadcasted(vector, weight.shape, (axis,))
    return Binary(BinaryFunction.MULTIPLY, weight, factors)


def is_left_out(operand: Value) -> bool:
    """Tell whether an operand is `tfl.no_value`."""
    op = producer(operand)
    return op is not None and op.name == "tfl.no_value"
