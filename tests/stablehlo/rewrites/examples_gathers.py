"""Examples of patterns that look elements up, or sort them."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Example, function


def _gather(numbers: str, sizes: str, kinds: str) -> str:
    return f"""%0 = "stablehlo.gather"(%x, %i) <{{
        dimension_numbers = #stablehlo.gather<{numbers}>,
        indices_are_sorted = false, slice_sizes = array<i64: {sizes}>}}> : {kinds}
    """


_ROWS = _gather(
    "offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2",
    "1, 4",
    "(tensor<7x4xf32>, tensor<2x5x1xi32>) -> tensor<2x5x4xf32>",
)
_POSITIONS = _gather(
    "collapsed_slice_dims = [1, 2], operand_batching_dims = [0], "
    "start_indices_batching_dims = [0], start_index_map = [1, 2], index_vector_dim = 2",
    "1, 1, 1",
    "(tensor<2x4x6xf32>, tensor<2x3x2xi32>) -> tensor<2x3xf32>",
)
_CHECKED = (
    """%zero = stablehlo.constant dense<0> : tensor<2x5x1xi32>
    %last = stablehlo.constant dense<6> : tensor<2x5x1xi32>
    %true = stablehlo.constant dense<true> : tensor<i1>
    %a = stablehlo.compare GE, %i, %zero :
        (tensor<2x5x1xi32>, tensor<2x5x1xi32>) -> tensor<2x5x1xi1>
    %b = stablehlo.compare LE, %i, %last :
        (tensor<2x5x1xi32>, tensor<2x5x1xi32>) -> tensor<2x5x1xi1>
    %c = stablehlo.and %a, %b : tensor<2x5x1xi1>
    %d = stablehlo.reduce(%c init: %true) applies stablehlo.and across dimensions = [2] :
        (tensor<2x5x1xi1>, tensor<i1>) -> tensor<2x5xi1>
    %e = stablehlo.broadcast_in_dim %d, dims = [0, 1] : (tensor<2x5xi1>) -> tensor<2x5x4xi1>
    %nan = stablehlo.constant dense<0x7FC00000> : tensor<2x5x4xf32>
    """
    + _ROWS
    + """%1 = stablehlo.select %e, %0, %nan : tensor<2x5x4xi1>, tensor<2x5x4xf32>
    return %1 : tensor<2x5x4xf32>"""
)
GATHERS = (
    Example(
        name="columns in the place of the first dimension",
        patterns=("gather_along_axis",),
        before=function(
            "%x: tensor<3x4x5xf32>, %i: tensor<2xi32>",
            "tensor<2x3x5xf32>",
            _gather(
                "offset_dims = [1, 2], collapsed_slice_dims = [1], start_index_map = [1], "
                "index_vector_dim = 1",
                "3, 1, 5",
                "(tensor<3x4x5xf32>, tensor<2xi32>) -> tensor<2x3x5xf32>",
            )
            + "return %0 : tensor<2x3x5xf32>",
        ),
        after={"tfl.gather": 1, "stablehlo.transpose": 1},
    ),
    Example(
        name="elements along an axis",
        patterns=("gather_along_axis",),
        before=function(
            "%x: tensor<2x4x6xf32>, %i: tensor<2x3x6x1xi32>",
            "tensor<2x3x6xf32>",
            _gather(
                "collapsed_slice_dims = [1], operand_batching_dims = [0, 2], "
                "start_indices_batching_dims = [0, 2], start_index_map = [1], "
                "index_vector_dim = 3",
                "1, 1, 1",
                "(tensor<2x4x6xf32>, tensor<2x3x6x1xi32>) -> tensor<2x3x6xf32>",
            )
            + "return %0 : tensor<2x3x6xf32>",
        ),
        after={"tfl.gather": 1, "stablehlo.reshape": 1, "stablehlo.transpose": 3},
    ),
    Example(
        name="elements at positions that may not exist",
        patterns=("clamp_indices",),
        before=function(
            "%x: tensor<2x4x6xf32>, %i: tensor<2x3x2xi32>",
            "tensor<2x3xf32>",
            _POSITIONS + "return %0 : tensor<2x3xf32>",
        ),
        inputs=(
            np.arange(48, dtype=np.float32).reshape(2, 4, 6),
            np.array([[[0, 0], [-1, 2], [3, 5]], [[4, 1], [1, 6], [2, -9]]], np.int32),
        ),
    ),
    Example(
        name="elements at known positions",
        patterns=("clamp_indices",),
        before=function(
            "%x: tensor<2x4x6xf32>",
            "tensor<2x3xf32>",
            """%i = stablehlo.constant dense<[[[0, 0], [1, 2], [3, 5]], [[3, 1], [1, 5], [2, 0]]]> :
                tensor<2x3x2xi32>
            """
            + _POSITIONS
            + "return %0 : tensor<2x3xf32>",
        ),
        after={"stablehlo.gather": 1},
    ),
    Example(
        name="a diagonal of matrices in front of their numbers",
        patterns=("merge_positions",),
        before=function(
            "%x: tensor<2x4x5xf32>",
            "tensor<3x2xf32>",
            """%i = stablehlo.constant dense<[[0, 1, 2], [1, 2, 3]]> : tensor<2x3xi32>
            """
            + _gather(
                "offset_dims = [1], collapsed_slice_dims = [1, 2], start_index_map = [1, 2]",
                "2, 1, 1",
                "(tensor<2x4x5xf32>, tensor<2x3xi32>) -> tensor<3x2xf32>",
            )
            + "return %0 : tensor<3x2xf32>",
        ),
        after={"stablehlo.reshape": 1, "tfl.gather": 1, "stablehlo.transpose": 1},
    ),
    Example(
        name="the same rows of each part",
        patterns=("merge_repeated_gathers", "merge_reshapes"),
        before=function(
            "%x: tensor<2x3x4xf32>",
            "tensor<4x4xf32>",
            """%i = stablehlo.constant dense<[0, 2, 3, 5]> : tensor<4xi32>
            %m = stablehlo.reshape %x : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
            %0 = "tfl.gather"(%m, %i) {axis = 0 : i32, batch_dims = 0 : i32} :
                (tensor<6x4xf32>, tensor<4xi32>) -> tensor<4x4xf32>
            return %0 : tensor<4x4xf32>""",
        ),
        reference=lambda x: x[:, [0, 2]].reshape(4, 4),
    ),
    Example(
        name="rows in the place of which something else is asked for",
        patterns=("remove_index_checks",),
        before=function(
            "%x: tensor<7x4xf32>, %i: tensor<2x5x1xi32>",
            "tensor<2x5x4xf32>",
            _CHECKED.replace("0x7FC00000", "0.5"),
        ),
        after={
            "stablehlo.gather": 1,
            "stablehlo.compare": 2,
            "stablehlo.and": 2,
            "stablehlo.reduce": 1,
            "stablehlo.broadcast_in_dim": 1,
            "stablehlo.select": 1,
        },
    ),
)


def _sort(kind: str, direction: str, operands: str, results: str, returned: str) -> str:
    arguments = "%a: tensor<KIND>, %b: tensor<KIND>".replace("KIND", kind)
    if "," in operands:
        arguments += ", %c: tensor<i32>, %d: tensor<i32>"
    count = operands.count(",") + 1
    return f"""%j = stablehlo.iota dim = 1 : tensor<2x4x3xi32>
    %0:{count} = "stablehlo.sort"({operands}) <{{dimension = 1 : i64, is_stable = true}}> ({{
      ^bb0({arguments}):
        %1 = stablehlo.compare {direction}, %a, %b : (tensor<{kind}>, tensor<{kind}>) -> tensor<i1>
        stablehlo.return %1 : tensor<i1>
    }}) : ({results}) -> ({results})
    return {returned}"""


SORTS = (
    Example(
        name="elements in rising order, and where they were",
        patterns=("sort",),
        before=function(
            "%x: tensor<2x4x3xf32>",
            "(tensor<2x4x3xf32>, tensor<2x4x3xi32>)",
            _sort(
                "f32",
                "LT",
                "%x, %j",
                "tensor<2x4x3xf32>, tensor<2x4x3xi32>",
                "%0#0, %0#1 : tensor<2x4x3xf32>, tensor<2x4x3xi32>",
            ),
        ),
        after={"stablehlo.transpose": 3, "stablehlo.negate": 2, "tfl.topk_v2": 1},
    ),
    Example(
        name="integers in rising order",
        patterns=("sort",),
        before=function(
            "%x: tensor<2x4x3xi32>",
            "tensor<2x4x3xi32>",
            _sort("i32", "LT", "%x", "tensor<2x4x3xi32>", "%0 : tensor<2x4x3xi32>").replace(
                "%0:1", "%0"
            ),
        ),
        after={"stablehlo.transpose": 2, "stablehlo.subtract": 2, "tfl.topk_v2": 1},
        inputs=(np.array([[[-(2**31)], [5], [2**31 - 1], [0]]] * 2, np.int32).repeat(3, axis=2),),
    ),
    Example(
        name="other elements in the order of falling ones",
        patterns=("sort",),
        before=function(
            "%x: tensor<2x4x3xf32>, %y: tensor<2x4x3xi32>",
            "tensor<2x4x3xi32>",
            _sort(
                "f32",
                "GT",
                "%x, %y",
                "tensor<2x4x3xf32>, tensor<2x4x3xi32>",
                "%0#1 : tensor<2x4x3xi32>",
            ),
        ),
        after={"stablehlo.transpose": 3, "tfl.topk_v2": 1, "tfl.gather": 1},
    ),
)
EXAMPLES = (*GATHERS, *SORTS)
