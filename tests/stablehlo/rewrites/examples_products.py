"""Examples of patterns of products."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Example, function

_MATRIX = """%i = stablehlo.constant dense<[[1.0, 2.0, 3.0, 4.0], [0.5, 0.25, 1.5, 2.5],
        [-1.0, 1.0, -2.0, 2.0]]> : tensor<3x4xf32>
    """

EXAMPLES = (
    Example(
        name="a product of matrices",
        patterns=("generalize_dot",),
        before=function(
            "%x: tensor<2x3xf32>, %y: tensor<3x4xf32>",
            "tensor<2x4xf32>",
            """%0 = stablehlo.dot %x, %y : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
            return %0 : tensor<2x4xf32>""",
        ),
        reference=lambda x, y: x @ y,
    ),
    Example(
        name="a product of a constant with the first dimension",
        patterns=("fully_connect",),
        before=function(
            "%x: tensor<3x5xf32>",
            "tensor<4x5xf32>",
            _MATRIX
            + """%0 = stablehlo.dot_general %i, %x, contracting_dims = [0] x [0] :
                (tensor<3x4xf32>, tensor<3x5xf32>) -> tensor<4x5xf32>
            return %0 : tensor<4x5xf32>""",
        ),
        after={"tfl.fully_connected": 1, "stablehlo.transpose": 2},
    ),
    Example(
        name="the scores of an attention with heads",
        patterns=("generalize_einsum",),
        before=function(
            "%q: tensor<2x5x3x4xf32>, %k: tensor<2x6x3x4xf32>",
            "tensor<2x3x5x6xf32>",
            """%0 = stablehlo.einsum %q, %k, config = "btnh,bsnh->bnts" :
                (tensor<2x5x3x4xf32>, tensor<2x6x3x4xf32>) -> tensor<2x3x5x6xf32>
            return %0 : tensor<2x3x5x6xf32>""",
        ),
        reference=lambda q, k: np.einsum("btnh,bsnh->bnts", q, k),
    ),
    Example(
        name="an einstein sum whose second operand comes first",
        patterns=("generalize_einsum",),
        before=function(
            "%k: tensor<2x6x3x4xf32>, %q: tensor<2x5x3x4xf32>",
            "tensor<2x3x5x6xf32>",
            """%0 = stablehlo.einsum %k, %q, config = "aecd,abcd->acbe" :
                (tensor<2x6x3x4xf32>, tensor<2x5x3x4xf32>) -> tensor<2x3x5x6xf32>
            return %0 : tensor<2x3x5x6xf32>""",
        ),
        after={"stablehlo.dot_general": 1},
        reference=lambda k, q: np.einsum("aecd,abcd->acbe", k, q),
    ),
    Example(
        name="an einstein sum with an ellipsis",
        patterns=("generalize_einsum",),
        before=function(
            "%x: tensor<2x3x4x5xf32>, %y: tensor<2x3x5x6xf32>",
            "tensor<2x3x4x6xf32>",
            """%0 = stablehlo.einsum %x, %y, config = "...ab,...bc->...ac" :
                (tensor<2x3x4x5xf32>, tensor<2x3x5x6xf32>) -> tensor<2x3x4x6xf32>
            return %0 : tensor<2x3x4x6xf32>""",
        ),
        after={"stablehlo.dot_general": 1},
        reference=lambda x, y: x @ y,
    ),
    Example(
        name="an einstein sum over what one operand has alone",
        patterns=("generalize_einsum",),
        before=function(
            "%x: tensor<2x3x4xf32>, %y: tensor<2x5xf32>",
            "tensor<5x2x4xf32>",
            """%0 = stablehlo.einsum %x, %y, config = "abc,ad->dac" :
                (tensor<2x3x4xf32>, tensor<2x5xf32>) -> tensor<5x2x4xf32>
            return %0 : tensor<5x2x4xf32>""",
        ),
        after={"stablehlo.dot_general": 1, "tfl.sum": 1, "stablehlo.transpose": 1},
        reference=lambda x, y: x.sum(axis=1)[None] * y.T[:, :, None],
    ),
    Example(
        name="a product with dimensions of size 1",
        patterns=("squeeze_product",),
        before=function(
            "%x: tensor<2x6x3x1x4xf32>, %y: tensor<2x5x3x4xf32>",
            "tensor<2x3x6x1x5xf32>",
            """%0 = stablehlo.dot_general %x, %y, batching_dims = [0, 2] x [0, 2],
                contracting_dims = [4] x [3] :
                (tensor<2x6x3x1x4xf32>, tensor<2x5x3x4xf32>) -> tensor<2x3x6x1x5xf32>
            return %0 : tensor<2x3x6x1x5xf32>""",
        ),
        after={"stablehlo.dot_general": 1, "stablehlo.reshape": 2},
    ),
)
