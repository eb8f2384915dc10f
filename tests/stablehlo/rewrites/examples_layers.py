"""Examples of patterns that move numbers into layers, and of activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function

_LAYER = """%w = stablehlo.constant dense<[[1.0, 2.0, 3.0], [0.5, 0.25, 1.5],
        [-1.0, 1.0, -2.0], [0.1, 0.2, 0.3]]> : tensor<4x3xf32>
    %none = "tfl.no_value"() {value} : () -> none
    %0 = "tfl.fully_connected"(%x, %w, %none) {asymmetric_quantize_inputs = false,
        fused_activation_function = "NONE", keep_num_dims = true, weights_format = "DEFAULT"} :
        (tensor<2x5x3xf32>, tensor<4x3xf32>, none) -> tensor<2x5x4xf32>
    """
_WEIGHT = np.array([[1, 2, 3], [0.5, 0.25, 1.5], [-1, 1, -2], [0.1, 0.2, 0.3]], np.float32)
_VECTOR = np.array([1, 2, 3, 4], np.float32)
_BROADCAST = """%b = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %1 = stablehlo.broadcast_in_dim %b, dims = [2] : (tensor<4xf32>) -> tensor<2x5x4xf32>
    """


def _layer_and(rest: str, result: str = "tensor<2x5x4xf32>") -> str:
    return function("%x: tensor<2x5x3xf32>", result, _LAYER + rest)


def _connected(x: Array) -> Any:
    return x @ _WEIGHT.T


FEATURES = (
    Example(
        name="a bias behind a layer",
        patterns=("add_bias",),
        before=_layer_and(
            _BROADCAST
            + """%2 = stablehlo.add %0, %1 : tensor<2x5x4xf32>
            return %2 : tensor<2x5x4xf32>"""
        ),
        reference=lambda x: _connected(x) + _VECTOR,
    ),
    Example(
        name="a bias behind a transpose and a reshape",
        patterns=("add_bias",),
        before=_layer_and(
            """%b = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
            %1 = stablehlo.broadcast_in_dim %b, dims = [1, 2] :
                (tensor<2x2xf32>) -> tensor<2x2x2x5xf32>
            %2 = stablehlo.transpose %0, dims = [0, 2, 1] :
                (tensor<2x5x4xf32>) -> tensor<2x4x5xf32>
            %3 = stablehlo.reshape %2 : (tensor<2x4x5xf32>) -> tensor<2x2x2x5xf32>
            %4 = stablehlo.add %1, %3 : tensor<2x2x2x5xf32>
            return %4 : tensor<2x2x2x5xf32>""",
            "tensor<2x2x2x5xf32>",
        ),
        after={"tfl.fully_connected": 1, "stablehlo.transpose": 1, "stablehlo.reshape": 1},
        reference=lambda x: (_connected(x) + _VECTOR).transpose(0, 2, 1).reshape(2, 2, 2, 5),
    ),
    Example(
        name="numbers along another dimension than the features",
        patterns=("add_bias",),
        before=_layer_and(
            """%b = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
            %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<5xf32>) -> tensor<2x5x4xf32>
            %2 = stablehlo.add %0, %1 : tensor<2x5x4xf32>
            return %2 : tensor<2x5x4xf32>"""
        ),
        after={"tfl.fully_connected": 1, "stablehlo.broadcast_in_dim": 1, "stablehlo.add": 1},
        reference=lambda x: _connected(x) + np.arange(1, 6, dtype=np.float32)[:, None],
    ),
    Example(
        name="a bias that is taken off",
        patterns=("subtract_bias",),
        before=_layer_and(
            _BROADCAST
            + """%2 = stablehlo.subtract %0, %1 : tensor<2x5x4xf32>
            return %2 : tensor<2x5x4xf32>"""
        ),
        reference=lambda x: _connected(x) - _VECTOR,
    ),
    Example(
        name="a scale per feature behind a layer",
        patterns=("scale_weight", "add_bias"),
        before=_layer_and(
            _BROADCAST
            + """%2 = stablehlo.add %0, %1 : tensor<2x5x4xf32>
            %3 = stablehlo.multiply %1, %2 : tensor<2x5x4xf32>
            return %3 : tensor<2x5x4xf32>"""
        ),
        after={"tfl.fully_connected": 1},
        reference=lambda x: (_connected(x) + _VECTOR) * _VECTOR,
    ),
    Example(
        name="one scale behind a product of activations",
        patterns=("scale_weight",),
        before=function(
            "%x: tensor<2x5x3xf32>, %k: tensor<2x6x4xf32>",
            "tensor<2x5x6xf32>",
            _LAYER
            + """%1 = stablehlo.dot_general %0, %k, batching_dims = [0] x [0],
                contracting_dims = [2] x [2] :
                (tensor<2x5x4xf32>, tensor<2x6x4xf32>) -> tensor<2x5x6xf32>
            %c = stablehlo.constant dense<0.5> : tensor<2x5x6xf32>
            %2 = stablehlo.multiply %1, %c : tensor<2x5x6xf32>
            return %2 : tensor<2x5x6xf32>""",
        ),
        after={"tfl.fully_connected": 1, "stablehlo.dot_general": 1},
        reference=lambda x, k: _connected(x) @ k.transpose(0, 2, 1) * 0.5,
    ),
    Example(
        name="a scale of what somebody else takes too",
        patterns=("scale_weight",),
        before=_layer_and(
            """%c = stablehlo.constant dense<0.5> : tensor<2x5x4xf32>
            %1 = stablehlo.multiply %0, %c : tensor<2x5x4xf32>
            %2 = stablehlo.subtract %1, %0 : tensor<2x5x4xf32>
            return %2 : tensor<2x5x4xf32>"""
        ),
        after={"tfl.fully_connected": 1, "stablehlo.multiply": 1, "stablehlo.subtract": 1},
        reference=lambda x: _connected(x) * -0.5,
    ),
    Example(
        name="a scale in front of a layer",
        patterns=("scale_input",),
        before=function(
            "%y: tensor<2x5x3xf32>",
            "tensor<2x5x4xf32>",
            """%s = stablehlo.constant dense<[1.0, 2.0, 4.0]> : tensor<3xf32>
            %r = stablehlo.broadcast_in_dim %s, dims = [2] : (tensor<3xf32>) -> tensor<2x5x3xf32>
            %x = stablehlo.multiply %y, %r : tensor<2x5x3xf32>
            """
            + _LAYER
            + "return %0 : tensor<2x5x4xf32>",
        ),
        reference=lambda y: _connected(y * np.array([1, 2, 4], np.float32)),
    ),
)


def _unary(body: str) -> str:
    return function("%x: tensor<2x6xf32>", "tensor<2x6xf32>", body)


_ZERO = "%z = stablehlo.constant dense<0.0> : tensor<2x6xf32>\n"
_GELU = """%h = stablehlo.constant dense<0.5> : tensor<2x6xf32>
    %r = stablehlo.constant dense<0.707106769> : tensor<2x6xf32>
    %one = stablehlo.constant dense<1.0> : tensor<2x6xf32>
    %0 = stablehlo.multiply %x, %r : tensor<2x6xf32>
    %1 = chlo.erf %0 : tensor<2x6xf32> -> tensor<2x6xf32>
    %2 = stablehlo.add %1, %one : tensor<2x6xf32>
    %3 = stablehlo.multiply %x, %h : tensor<2x6xf32>
    %4 = stablehlo.multiply %3, %2 : tensor<2x6xf32>
    return %4 : tensor<2x6xf32>"""
_PRELU = (
    _ZERO
    + """%c = stablehlo.constant dense<[-0.1, -0.2, -0.3, 0.1, 0.2, 0.3]> : tensor<6xf32>
    %w = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<6xf32>) -> tensor<2x6xf32>
    %n = stablehlo.negate %x : tensor<2x6xf32>
    %0 = stablehlo.maximum %x, %z : tensor<2x6xf32>
    %1 = stablehlo.maximum %n, %z : tensor<2x6xf32>
    %2 = stablehlo.multiply %w, %1 : tensor<2x6xf32>
    %3 = stablehlo.add %0, %2 : tensor<2x6xf32>
    return %3 : tensor<2x6xf32>"""
)
ACTIVATIONS = (
    Example(
        name="the positive part up to six",
        patterns=("capped_relu", "relu"),
        before=_unary(
            _ZERO
            + """%six = stablehlo.constant dense<6.0> : tensor<2x6xf32>
            %0 = stablehlo.minimum %x, %six : tensor<2x6xf32>
            %1 = stablehlo.maximum %0, %z : tensor<2x6xf32>
            return %1 : tensor<2x6xf32>"""
        ),
        after={"tfl.relu6": 1},
    ),
    Example(
        name="numbers clamped to one",
        patterns=("capped_relu",),
        before=_unary(
            """%z = stablehlo.constant dense<0.0> : tensor<f32>
            %one = stablehlo.constant dense<1.0> : tensor<f32>
            %0 = stablehlo.clamp %z, %x, %one :
                (tensor<f32>, tensor<2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
            return %0 : tensor<2x6xf32>"""
        ),
        after={"tfl.relu_0_to_1": 1},
    ),
    Example(
        name="a slope for each feature",
        patterns=("prelu", "relu"),
        before=_unary(_PRELU),
    ),
    Example(
        name="an exact gelu",
        patterns=("fuse_gelu",),
        before=_unary(_GELU),
        after={"tfl.gelu": 1},
    ),
    Example(
        name="a function by its name",
        patterns=("name_function",),
        before=_unary(
            """%0 = stablehlo.custom_call @mhlo.sinh(%x) : (tensor<2x6xf32>) -> tensor<2x6xf32>
            return %0 : tensor<2x6xf32>"""
        ),
        reference=np.sinh,
    ),
    Example(
        name="a factor of one",
        patterns=("fold_unit_factor",),
        before=_unary(
            """%one = stablehlo.constant dense<1.0> : tensor<2x6xf32>
            %0 = stablehlo.multiply %one, %x : tensor<2x6xf32>
            %1 = stablehlo.divide %0, %one : tensor<2x6xf32>
            return %1 : tensor<2x6xf32>"""
        ),
        after={},
    ),
)
EXAMPLES = (*FEATURES, *ACTIVATIONS)
