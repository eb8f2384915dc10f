"""Examples of patterns of means, normalizations and softmax."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function

_KIND = "tensor<2x4x5xf32>"
_MEAN = """%z = stablehlo.constant dense<0.0> : tensor<f32>
    %n = stablehlo.constant dense<5.0> : tensor<2x4xf32>
    %s = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [2] :
        (tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x4xf32>
    %d = stablehlo.divide %s, %n : tensor<2x4xf32>
    %m = stablehlo.reshape %d : (tensor<2x4xf32>) -> tensor<2x4x1xf32>
    """
_SPREAD = "(tensor<2x4x1xf32>) -> tensor<2x4x5xf32>"
_SHIFT = """%inf = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %m = stablehlo.reduce(%x init: %inf) applies stablehlo.maximum across dimensions = [{axes}] :
        (tensor<2x4x5xf32>, tensor<f32>) -> {kept}
    %b = stablehlo.broadcast_in_dim %m, dims = [{others}] : ({kept}) -> tensor<2x4x5xf32>
    %d = stablehlo.subtract %x, %b : tensor<2x4x5xf32>
    %e = stablehlo.exponential %d : tensor<2x4x5xf32>
    %s = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [{axes}] :
        (tensor<2x4x5xf32>, tensor<f32>) -> {kept}
    """
_DIVIDED = """%t = stablehlo.broadcast_in_dim %s, dims = [{others}] :
        ({kept}) -> tensor<2x4x5xf32>
    %0 = stablehlo.divide %e, %t : tensor<2x4x5xf32>
    return %0 : tensor<2x4x5xf32>"""
_LAST = {"axes": "2", "others": "0, 1", "kept": "tensor<2x4xf32>"}
_FIRST = {"axes": "1", "others": "0, 2", "kept": "tensor<2x5xf32>"}
_BOTH = {"axes": "1, 2", "others": "0", "kept": "tensor<2xf32>"}


_LENGTH = """%z = stablehlo.constant dense<0.0> : tensor<f32>
    %q = stablehlo.multiply %x, %x : tensor<2x4x5xf32>
    %s = stablehlo.reduce(%q init: %z) applies stablehlo.add across dimensions = [2] :
        (tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x4xf32>
    %k = stablehlo.reshape %s : (tensor<2x4xf32>) -> tensor<2x4x1xf32>
    %r = stablehlo.sqrt %k : tensor<2x4x1xf32>
    """
_SHORT = np.arange(1, 41, dtype=np.float32).reshape(2, 4, 5) * np.float32(1e-8)


def _of_x(body: str, result: str = _KIND) -> str:
    return function(f"%x: {_KIND}", result, body)


def _normalized(x: Array) -> Array:
    centered = x - x.mean(axis=2, keepdims=True)
    scale = np.abs(x).sum(axis=2, keepdims=True) * np.arange(1, 6, dtype=np.float32)
    return np.asarray(centered * scale + np.arange(5, dtype=np.float32))


EXAMPLES = (
    Example(
        name="a mean",
        patterns=("mean", "keep_dimensions"),
        before=_of_x(f"{_MEAN}\nreturn %m : tensor<2x4x1xf32>", "tensor<2x4x1xf32>"),
        after={"tfl.mean": 1},
    ),
    Example(
        name="a sum times the inverse of another number",
        patterns=("mean",),
        before=_of_x(
            f"""{_MEAN}
            %c = stablehlo.constant dense<0.3> : tensor<2x4xf32>
            %0 = stablehlo.multiply %s, %c : tensor<2x4xf32>
            return %0 : tensor<2x4xf32>""",
            "tensor<2x4xf32>",
        ),
        after={"stablehlo.reduce": 1, "stablehlo.add": 1, "stablehlo.multiply": 1},
    ),
    Example(
        name="a normalization that scales first",
        patterns=("subtract_mean_first",),
        before=_of_x(
            f"""{_MEAN}
            %a = stablehlo.abs %x : {_KIND}
            %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [2] :
                (tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x4xf32>
            %q = stablehlo.reshape %r : (tensor<2x4xf32>) -> tensor<2x4x1xf32>
            %qb = stablehlo.broadcast_in_dim %q, dims = [0, 1, 2] : {_SPREAD}
            %g = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
            %gb = stablehlo.broadcast_in_dim %g, dims = [2] : (tensor<5xf32>) -> {_KIND}
            %scale = stablehlo.multiply %qb, %gb : {_KIND}
            %nm = stablehlo.negate %m : tensor<2x4x1xf32>
            %mb = stablehlo.broadcast_in_dim %nm, dims = [0, 1, 2] : {_SPREAD}
            %beta = stablehlo.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0]> : tensor<5xf32>
            %bb = stablehlo.broadcast_in_dim %beta, dims = [2] : (tensor<5xf32>) -> {_KIND}
            %0 = stablehlo.multiply %mb, %scale : {_KIND}
            %1 = stablehlo.add %0, %bb : {_KIND}
            %2 = stablehlo.multiply %x, %scale : {_KIND}
            %3 = stablehlo.add %2, %1 : {_KIND}
            return %3 : {_KIND}"""
        ),
        after={
            "stablehlo.reduce": 2,
            "stablehlo.add": 3,
            "stablehlo.divide": 1,
            "stablehlo.reshape": 2,
            "stablehlo.abs": 1,
            "stablehlo.broadcast_in_dim": 4,
            "stablehlo.subtract": 1,
            "stablehlo.multiply": 2,
        },
        reference=_normalized,
    ),
    Example(
        name="a softmax over another dimension",
        patterns=("softmax",),
        before=_of_x((_SHIFT + _DIVIDED).format(**_FIRST)),
        after={"tfl.softmax": 1, "stablehlo.transpose": 2},
    ),
    Example(
        name="exponentials divided by sums over other dimensions",
        patterns=("softmax",),
        before=_of_x(
            _SHIFT.format(**_LAST)
            + """%u = stablehlo.reduce(%e init: %zero) applies stablehlo.add across
                dimensions = [1] : (tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x5xf32>
            %t = stablehlo.broadcast_in_dim %u, dims = [0, 2] :
                (tensor<2x5xf32>) -> tensor<2x4x5xf32>
            %0 = stablehlo.divide %e, %t : tensor<2x4x5xf32>
            return %0 : tensor<2x4x5xf32>"""
        ),
        after={
            "stablehlo.reduce": 2,
            "stablehlo.maximum": 1,
            "stablehlo.add": 1,
            "stablehlo.broadcast_in_dim": 2,
            "stablehlo.subtract": 1,
            "stablehlo.exponential": 1,
            "stablehlo.divide": 1,
        },
    ),
    Example(
        name="a softmax over two dimensions by way of the logarithm",
        patterns=("softmax_by_logarithm",),
        before=_of_x(
            _SHIFT.format(**_BOTH)
            + """%l = stablehlo.log %s : tensor<2xf32>
            %o = stablehlo.add %l, %m : tensor<2xf32>
            %t = stablehlo.broadcast_in_dim %o, dims = [0] : (tensor<2xf32>) -> tensor<2x4x5xf32>
            %f = stablehlo.subtract %x, %t : tensor<2x4x5xf32>
            %0 = stablehlo.exponential %f : tensor<2x4x5xf32>
            return %0 : tensor<2x4x5xf32>"""
        ),
        after={"tfl.softmax": 1, "stablehlo.reshape": 2},
    ),
    Example(
        name="a vector over its length",
        patterns=("multiply_by_rsqrt",),
        before=_of_x(
            f"""{_LENGTH}
            %t = stablehlo.broadcast_in_dim %r, dims = [0, 1, 2] : {_SPREAD}
            %0 = stablehlo.divide %x, %t : {_KIND}
            return %0 : {_KIND}"""
        ),
        after={
            "stablehlo.multiply": 2,
            "stablehlo.reduce": 1,
            "stablehlo.add": 1,
            "stablehlo.reshape": 1,
            "stablehlo.rsqrt": 1,
            "stablehlo.broadcast_in_dim": 1,
        },
        inputs=(_SHORT,),
    ),
    Example(
        name="a vector over its length and a bound of that",
        patterns=("hide_root_bound",),
        before=_of_x(
            f"""{_LENGTH}
            %c = stablehlo.constant dense<1.0e-4> : tensor<2x4x1xf32>
            %l = stablehlo.maximum %r, %c : tensor<2x4x1xf32>
            %t = stablehlo.broadcast_in_dim %l, dims = [0, 1, 2] : {_SPREAD}
            %0 = stablehlo.divide %x, %t : {_KIND}
            return %0 : {_KIND}"""
        ),
        after={
            "stablehlo.multiply": 1,
            "stablehlo.reduce": 1,
            "stablehlo.add": 1,
            "stablehlo.reshape": 1,
            "stablehlo.sqrt": 1,
            "tfl.external_const": 1,
            "tfl.maximum": 1,
            "stablehlo.broadcast_in_dim": 1,
            "stablehlo.divide": 1,
        },
        inputs=(_SHORT,),
    ),
)
