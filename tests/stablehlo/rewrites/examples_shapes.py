"""Examples of patterns that arrange dimensions, fold constants and tidy up."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Example, function

EXAMPLES = (
    Example(
        name="an implicit broadcast of a vector",
        patterns=("broadcast_explicitly",),
        before=function(
            "%x: tensor<2x3xf32>, %b: tensor<3xf32>",
            "tensor<2x3xf32>",
            """%0 = chlo.broadcast_add %x, %b :
                (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
            return %0 : tensor<2x3xf32>""",
        ),
        after={"stablehlo.broadcast_in_dim": 1, "stablehlo.add": 1},
    ),
    Example(
        name="a dynamic broadcast of a static type",
        patterns=("broadcast_statically",),
        before=function(
            "%x: tensor<3xf32>",
            "tensor<2x3xf32>",
            """%s = stablehlo.constant dense<[2, 3]> : tensor<2xi32>
            %0 = stablehlo.dynamic_broadcast_in_dim %x, %s, dims = [1] :
                (tensor<3xf32>, tensor<2xi32>) -> tensor<2x3xf32>
            return %0 : tensor<2x3xf32>""",
        ),
        after={"stablehlo.broadcast_in_dim": 1},
    ),
    Example(
        name="two broadcasts",
        patterns=("merge_broadcasts",),
        before=function(
            "%x: tensor<3xf32>",
            "tensor<2x4x3xf32>",
            """%0 = stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
            %1 = stablehlo.broadcast_in_dim %0, dims = [1, 2] :
                (tensor<1x3xf32>) -> tensor<2x4x3xf32>
            return %1 : tensor<2x4x3xf32>""",
        ),
        after={"stablehlo.broadcast_in_dim": 1},
    ),
    Example(
        name="a constant with a leading dimension of size 1",
        patterns=("squeeze_broadcast",),
        before=function(
            "%x: tensor<2x3xf32>",
            "tensor<2x3xf32>",
            """%c = stablehlo.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
            %0 = stablehlo.broadcast_in_dim %c, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<2x3xf32>
            %1 = stablehlo.add %x, %0 : tensor<2x3xf32>
            return %1 : tensor<2x3xf32>""",
        ),
        after={"stablehlo.broadcast_in_dim": 1, "stablehlo.add": 1},
    ),
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
        name="a transpose of a dimension of size 1",
        patterns=("reshape_instead",),
        before=function(
            "%x: tensor<2x6x1xf32>",
            "tensor<2x1x6xf32>",
            """%0 = stablehlo.transpose %x, dims = [0, 2, 1] :
                (tensor<2x6x1xf32>) -> tensor<2x1x6xf32>
            return %0 : tensor<2x1x6xf32>""",
        ),
        after={"stablehlo.reshape": 1},
    ),
    Example(
        name="a transpose between reshapes",
        patterns=("squeeze_transpose", "merge_reshapes"),
        before=function(
            "%x: tensor<2x4x5xf32>",
            "tensor<2x5x4xf32>",
            """%0 = stablehlo.reshape %x : (tensor<2x4x5xf32>) -> tensor<2x4x1x5xf32>
            %1 = stablehlo.transpose %0, dims = [0, 3, 2, 1] :
                (tensor<2x4x1x5xf32>) -> tensor<2x5x1x4xf32>
            %2 = stablehlo.reshape %1 : (tensor<2x5x1x4xf32>) -> tensor<2x5x4xf32>
            return %2 : tensor<2x5x4xf32>""",
        ),
        after={"stablehlo.transpose": 1},
    ),
    Example(
        name="two reshapes",
        patterns=("merge_reshapes",),
        before=function(
            "%x: tensor<2x6xf32>",
            "tensor<12xf32>",
            """%0 = stablehlo.reshape %x : (tensor<2x6xf32>) -> tensor<2x1x6xf32>
            %1 = stablehlo.reshape %0 : (tensor<2x1x6xf32>) -> tensor<12xf32>
            return %1 : tensor<12xf32>""",
        ),
        after={"stablehlo.reshape": 1},
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
        name="a choice that is known",
        patterns=("select_known",),
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
        name="a transposed constant",
        patterns=("fold_weights",),
        before=function(
            "%x: tensor<3x2xf32>",
            "tensor<3x2xf32>",
            """%c = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
            %0 = stablehlo.transpose %c, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
            %1 = stablehlo.add %x, %0 : tensor<3x2xf32>
            return %1 : tensor<3x2xf32>""",
        ),
        after={"stablehlo.add": 1},
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
    Example(
        name="what is computed from an iota",
        patterns=("compute_small",),
        before=function(
            "%x: tensor<4x4xf32>",
            "tensor<4x4xf32>",
            """%0 = stablehlo.iota dim = 0 : tensor<4x4xf32>
            %1 = stablehlo.iota dim = 1 : tensor<4x4xf32>
            %2 = stablehlo.subtract %0, %1 : tensor<4x4xf32>
            %3 = stablehlo.cosine %2 : tensor<4x4xf32>
            %4 = stablehlo.add %3, %x : tensor<4x4xf32>
            return %4 : tensor<4x4xf32>""",
        ),
        after={"stablehlo.add": 1},
    ),
    Example(
        name="a matrix that is computed from an iota",
        patterns=("compute_weight",),
        before=function(
            "%x: tensor<2x3xf32>",
            "tensor<2x4xf32>",
            """%0 = stablehlo.iota dim = 0 : tensor<3x4xf32>
            %1 = stablehlo.sine %0 : tensor<3x4xf32>
            %2 = stablehlo.dot_general %x, %1, contracting_dims = [1] x [0] :
                (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
            return %2 : tensor<2x4xf32>""",
        ),
        after={"stablehlo.dot_general": 1},
    ),
    Example(
        name="a loop that carries a weight",
        patterns=("read_weights_directly",),
        before=function(
            "%x: tensor<2x2xf32>",
            "tensor<2x2xf32>",
            """%zero = stablehlo.constant dense<0> : tensor<i32>
            %w = stablehlo.constant dense<[[1.0, 0.5], [0.25, 0.125]]> : tensor<2x2xf32>
            %0:3 = stablehlo.while(%i = %zero, %a = %x, %k = %w) :
                tensor<i32>, tensor<2x2xf32>, tensor<2x2xf32>
            cond {
              %three = stablehlo.constant dense<3> : tensor<i32>
              %1 = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
              stablehlo.return %1 : tensor<i1>
            } do {
              %one = stablehlo.constant dense<1> : tensor<i32>
              %1 = stablehlo.add %i, %one : tensor<i32>
              %2 = stablehlo.multiply %a, %k : tensor<2x2xf32>
              stablehlo.return %1, %2, %k : tensor<i32>, tensor<2x2xf32>, tensor<2x2xf32>
            }
            return %0#1 : tensor<2x2xf32>""",
        ),
        after={
            "stablehlo.while": 1,
            "stablehlo.compare": 1,
            "stablehlo.add": 1,
            "stablehlo.multiply": 1,
        },
    ),
    Example(
        name="a loop that computes what nobody reads",
        patterns=("drop_unread",),
        before=function(
            "%x: tensor<2xf32>",
            "tensor<2xf32>",
            """%zero = stablehlo.constant dense<0> : tensor<i32>
            %0:3 = stablehlo.while(%i = %zero, %a = %x, %b = %x) :
                tensor<i32>, tensor<2xf32>, tensor<2xf32>
            cond {
              %three = stablehlo.constant dense<3> : tensor<i32>
              %1 = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
              stablehlo.return %1 : tensor<i1>
            } do {
              %one = stablehlo.constant dense<1> : tensor<i32>
              %1 = stablehlo.add %i, %one : tensor<i32>
              %2 = stablehlo.negate %a : tensor<2xf32>
              %3 = stablehlo.multiply %b, %a : tensor<2xf32>
              stablehlo.return %1, %2, %3 : tensor<i32>, tensor<2xf32>, tensor<2xf32>
            }
            return %0#1 : tensor<2xf32>""",
        ),
        after={
            "stablehlo.while": 1,
            "stablehlo.compare": 1,
            "stablehlo.add": 1,
            "stablehlo.negate": 1,
        },
    ),
)
