"""Examples of patterns that put TensorFlow's ops together from others."""

from __future__ import annotations

import colorsys
import math

import numpy as np

from tests.stablehlo.rewrites.example import Array
from tests.stablehlo.rewrites.tensorflow_calls import call, example, integers

_COLORS = "(tensor<2x4x3xf32>) -> tensor<2x4x3xf32>"


def _colors() -> Array:
    """Colors of each hue, and grays."""
    drawn = np.random.default_rng(0).uniform(size=(2, 4, 3)).astype(np.float32)
    drawn[0, 0], drawn[0, 1] = 0.0, 0.5
    return drawn


def _to_hsv(x: Array) -> Array:
    colors = [colorsys.rgb_to_hsv(*color) for color in x.reshape(-1, 3).tolist()]
    return np.array(colors, np.float32).reshape(x.shape)


def _to_rgb(x: Array) -> Array:
    colors = [colorsys.hsv_to_rgb(*color) for color in x.reshape(-1, 3).tolist()]
    return np.array(colors, np.float32).reshape(x.shape)


def _inverse_erf(x: Array) -> Array:
    """By halving the interval 50 times."""
    low, high = np.full(x.shape, -3.0), np.full(x.shape, 3.0)
    for _ in range(50):
        middle = (low + high) / 2
        below = np.vectorize(math.erf)(middle) < x
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low.astype(np.float32)


def _transformed(image: Array, matrices: Array) -> Array:
    """Each pixel from where its matrix says, mixed of four; 0.5 lies around the image."""
    padded = np.pad(image, [(0, 0), (1, 2), (1, 2), (0, 0)], constant_values=0.5)
    result = np.empty_like(image)
    for at in np.ndindex(image.shape[:3]):
        matrix = np.append(matrices[at[0]], 1.0).reshape(3, 3)
        column, row, scale = matrix @ [at[2], at[1], 1.0]
        column, row = np.clip([column / scale, row / scale], -1.0, 4.0)
        y, x = int(np.floor(row)), int(np.floor(column))
        square = padded[at[0], y + 1 : y + 3, x + 1 : x + 3]
        weights = np.outer([y + 1 - row, row - y], [x + 1 - column, column - x])
        result[at] = np.einsum("yx,yxc->c", weights, square)
    return result


COMPOSED = (
    example(
        "bucketize",
        "Bucketize",
        call(
            "Bucketize",
            "%x",
            "(tensor<2x6xf32>) -> tensor<2x6xi32>",
            attributes="boundaries = [-0.5 : f32, 0.0 : f32, 0.5 : f32]",
        ),
        lambda x: np.digitize(x, [-0.5, 0.0, 0.5]).astype(np.int32),
    ),
    example(
        "find_bound",
        "UpperBound",
        call(
            "UpperBound",
            "%r, %x",
            "(tensor<1x4xf32>, tensor<1x6xf32>) -> tensor<1x6xi32>",
            constants="%r = stablehlo.constant dense<[[-1.0, 0.0, 0.5, 2.0]]> : tensor<1x4xf32>",
        ),
        lambda x: np.searchsorted([-1.0, 0.0, 0.5, 2.0], x, side="right").astype(np.int32),
    ),
    example(
        "find_in_top",
        "InTopKV2",
        call(
            "InTopKV2",
            "%x, %i, %k",
            "(tensor<4x5xf32>, tensor<4xi32>, tensor<i32>) -> tensor<4xi1>",
            constants=integers("k", 2),
        ),
        lambda x, i: (x > x[np.arange(4), i][:, None]).sum(axis=1) < 2,
    ),
    example(
        "cross_product",
        "Cross",
        call("Cross", "%x, %y", "(tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>"),
        np.cross,
    ),
    example(
        "invert_erf",
        "Erfinv",
        call("Erfinv", "%x", "(tensor<2x6xf32>) -> tensor<2x6xf32>"),
        _inverse_erf,
        np.linspace(-0.95, 0.95, 12, dtype=np.float32).reshape(2, 6),
    ),
    example(
        "put_on_diagonal",
        "MatrixDiagV3",
        call(
            "MatrixDiagV3",
            "%x, %k, %r, %c, %f",
            "(tensor<2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<f32>)"
            " -> tensor<2x3x3xf32>",
            constants=integers("k", 0)
            + integers("r", -1)
            + integers("c", -1)
            + "%f = stablehlo.constant dense<0.0> : tensor<f32>",
        ),
        lambda x: x[:, :, None] * np.eye(3, dtype=np.float32),
    ),
)
FORMULAS = (
    example(
        "rgb_to_hsv",
        "RGBToHSV",
        call("RGBToHSV", "%x", _COLORS),
        _to_hsv,
        _colors(),
    ),
    example(
        "hsv_to_rgb",
        "HSVToRGB",
        call("HSVToRGB", "%x", _COLORS),
        _to_rgb,
        _colors(),
    ),
    example(
        "bessel_i0",
        "BesselI0",
        call("BesselI0", "%x", "(tensor<40xf32>) -> tensor<40xf32>"),
        lambda x: np.i0(x).astype(np.float32),
        np.linspace(-4.0, 12.0, 40, dtype=np.float32),
    ),
)
_MATRICES = np.array(
    [[1.1, 0.2, -0.3, 0.1, 0.9, 0.4, 0.0, 0.1], [0.5, 0.0, 1.0, 0.3, 2.0, -2.0, 0.2, 0.0]],
    np.float32,
)
_TRANSFORMED = (
    "(tensor<2x4x4x3xf32>, tensor<2x8xf32>, tensor<2xi32>, tensor<f32>) -> tensor<2x4x4x3xf32>"
)
_SIZE_AND_FILL = integers("s", [4, 4]) + "%f = stablehlo.constant dense<0.5> : tensor<f32>"
PROJECTIONS = (
    example(
        "transform_image",
        "ImageProjectiveTransformV3",
        call(
            "ImageProjectiveTransformV3",
            "%x, %y, %s, %f",
            _TRANSFORMED,
            constants=_SIZE_AND_FILL,
            attributes='fill_mode = "CONSTANT", interpolation = "BILINEAR"',
        ),
        _transformed,
        np.random.default_rng(0).uniform(size=(2, 4, 4, 3)).astype(np.float32),
        _MATRICES,
    ),
)
EXAMPLES = (*COMPOSED, *FORMULAS, *PROJECTIONS)
