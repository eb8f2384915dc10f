"""Examples of patterns that arrange dimensions, fold constants and tidy up."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Example, function

EXAMPLES = (
    Example(
        name="two transposes that cancel each other",
        patterns=("merge_transposes",),
        before=function(
            "%x: tensor<2x3x4x5xf32>",
            "tensor<2x3x4x5xf32>",
            """%0 = stablehlo.transpose %x, dims = [0, 2, 3, 1] :
                (tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32>
            %1 = stablehlo.transpose %0, dims = [0, 3, 1, 2] :
                (tensor<2x4x5x3xf32>) -> tensor<2x3x4x5xf32>
            return %1 : tensor<2x3x4x5xf32>""",
        ),
        after={},
    ),
    Example(
        name="slices that share out a dimension",
        patterns=("split_evenly",),
        before=function(
            "%x: tensor<2x6xf32>",
            "(tensor<2x3xf32>, tensor<2x3xf32>)",
            """%0 = stablehlo.slice %x [0:2, 3:6] : (tensor<2x6xf32>) -> tensor<2x3xf32>
            %1 = stablehlo.slice %x [0:2, 0:3] : (tensor<2x6xf32>) -> tensor<2x3xf32>
            %2 = stablehlo.negate %1 : tensor<2x3xf32>
            return %0, %2 : tensor<2x3xf32>, tensor<2x3xf32>""",
        ),
        after={"tfl.split": 1, "stablehlo.negate": 1},
    ),
    Example(
        name="slices that leave out a part",
        patterns=("split_evenly",),
        before=function(
            "%x: tensor<2x6xf32>",
            "(tensor<2x2xf32>, tensor<2x2xf32>)",
            """%0 = stablehlo.slice %x [0:2, 0:2] : (tensor<2x6xf32>) -> tensor<2x2xf32>
            %1 = stablehlo.slice %x [0:2, 4:6] : (tensor<2x6xf32>) -> tensor<2x2xf32>
            return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>""",
        ),
        after={"stablehlo.slice": 2},
    ),
    Example(
        name="a reverse of three ranges of dimensions",
        patterns=("split_reverse",),
        before=function(
            "%x: tensor<2x3x1x2x2x3xf32>",
            "tensor<2x3x1x2x2x3xf32>",
            """%0 = stablehlo.reverse %x, dims = [5, 1, 0, 3] : tensor<2x3x1x2x2x3xf32>
            return %0 : tensor<2x3x1x2x2x3xf32>""",
        ),
        after={"stablehlo.reverse": 3},
    ),
    Example(
        name="a reverse of one range of dimensions",
        patterns=("split_reverse",),
        before=function(
            "%x: tensor<2x3x4xf32>",
            "tensor<2x3x4xf32>",
            """%0 = stablehlo.reverse %x, dims = [2, 1] : tensor<2x3x4xf32>
            return %0 : tensor<2x3x4xf32>""",
        ),
        after={"stablehlo.reverse": 1},
    ),
    Example(
        name="a choice that is known",
        patterns=("fold_selection",),
        before=function(
            "%x: tensor<3xf32>, %y: tensor<3xf32>",
            "tensor<3xf32>",
            """%c = stablehlo.constant dense<false> : tensor<3xi1>
            %0 = stablehlo.select %c, %x, %y : tensor<3xi1>, tensor<3xf32>
            return %0 : tensor<3xf32>""",
        ),
        after={},
    ),
    Example(
        name="a split weight",
        patterns=("fold_split", "fold_weights"),
        before=function(
            "%x: tensor<2xf32>",
            "tensor<2xf32>",
            """%c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
            %axis = stablehlo.constant dense<0> : tensor<i32>
            %0:2 = stablehlo.custom_call @tf.Split(%axis, %c) :
                (tensor<i32>, tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>)
            %1 = stablehlo.multiply %0#1, %x : tensor<2xf32>
            return %1 : tensor<2xf32>""",
        ),
        after={"stablehlo.multiply": 1},
        reference=lambda x: x * np.array([3, 4], np.float32),
    ),
)
