"""Examples of patterns that put elements somewhere."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function
from tests.stablehlo.rewrites.tensorflow_calls import call, integers


def _scatter(init: str, reducer: str = "add") -> str:
    return f"""{init}
    %0 = "stablehlo.scatter"(%v, %i, %u) <{{indices_are_sorted = false, unique_indices = false,
        scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1],
        inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
        index_vector_dim = 1>}}> ({{
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %1 = stablehlo.{reducer} %a, %b : tensor<f32>
        stablehlo.return %1 : tensor<f32>
    }}) : (tensor<3x4xf32>, tensor<5x1xi32>, tensor<5x4xf32>) -> tensor<3x4xf32>
    return %0 : tensor<3x4xf32>"""


def _scatter_elements(reducer: str) -> str:
    body = _scatter("", reducer).replace(
        """update_window_dims = [1],
        inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],""",
        "inserted_window_dims = [0, 1], scatter_dims_to_operand_dims = [0, 1],",
    )
    body = body.replace("tensor<5x1xi32>, tensor<5x4xf32>", "tensor<5x2xi32>, tensor<5xf32>")
    arguments = "%v: tensor<3x4xf32>, %i: tensor<5x2xi32>, %u: tensor<5xf32>"
    return function(arguments, "tensor<3x4xf32>", body)


_SUM = {"tfl.unsorted_segment_sum": 1}
_ELEMENTS = (
    np.ones((3, 4), np.float32),
    np.array([[0, 1], [-1, 2], [2, 3], [2, 4], [2, 3]], np.int32),
    np.arange(1.0, 6.0, dtype=np.float32),
)
_ROW_OF_POSITION = {
    "tfl.maximum": 1,
    "tfl.minimum": 1,
    "stablehlo.compare": 1,
    "tfl.reduce_any": 1,
    "stablehlo.broadcast_in_dim": 1,
    "stablehlo.multiply": 1,
    "tfl.sum": 1,
    "stablehlo.select": 1,
}


def _replacing(indices: str) -> str:
    body = _scatter(indices).replace("%1 = stablehlo.add %a, %b : tensor<f32>", "")
    return body.replace("return %1", "return %b")


def _sums_of_segments(x: Array, i: Array) -> Array:
    total = np.zeros((3, 4), np.float32)
    np.add.at(total, i[i >= 0], x[i >= 0])
    return total


_ZEROS = "%v = stablehlo.constant dense<0.0> : tensor<3x4xf32>\n"
_KNOWN = "%i = stablehlo.constant dense<[[0], [2], [2], [1], [0]]> : tensor<5x1xi32>\n"
EXAMPLES = (
    Example(
        name="sums of rows by numbers that may be wrong",
        patterns=("scatter_sums",),
        before=function(
            "%v: tensor<3x4xf32>, %u: tensor<5x4xf32>, %i: tensor<5x1xi32>",
            "tensor<3x4xf32>",
            _scatter(""),
        ),
        after={
            "tfl.maximum": 1,
            "tfl.minimum": 1,
            "stablehlo.compare": 1,
            "stablehlo.select": 1,
            "tfl.scatter_nd": 1,
            "stablehlo.slice": 1,
            "stablehlo.add": 1,
        },
        inputs=(
            np.ones((3, 4), np.float32),
            np.arange(20, dtype=np.float32).reshape(5, 4),
            np.array([[0], [-1], [3], [1], [0]], np.int32),
        ),
    ),
    Example(
        name="greatest rows by known numbers, none of the second",
        patterns=("reduce_segments",),
        before=function(
            "%u: tensor<5x4xf32>",
            "tensor<3x4xf32>",
            _scatter(_ZEROS.replace("0.0", "0xFF800000") + _KNOWN.replace("[1]", "[0]"), "maximum"),
        ),
        after={
            "stablehlo.reshape": 1,
            "tfl.unsorted_segment_max": 1,
            "stablehlo.compare": 1,
            "stablehlo.select": 1,
        },
    ),
    Example(
        name="products of rows by known numbers",
        patterns=("reduce_segments",),
        before=function(
            "%u: tensor<5x4xf32>",
            "tensor<3x4xf32>",
            _scatter(_ZEROS.replace("0.0", "1.0") + _KNOWN, "multiply"),
        ),
        after={"stablehlo.reshape": 1, "tfl.unsorted_segment_prod": 1},
    ),
    Example(
        name="least rows by numbers that may be wrong",
        patterns=("reduce_segments",),
        before=function(
            "%v: tensor<3x4xf32>, %u: tensor<5x4xf32>, %i: tensor<5x1xi32>",
            "tensor<3x4xf32>",
            _scatter("", "minimum"),
        ),
        after={
            "tfl.maximum": 1,
            "tfl.minimum": 1,
            "stablehlo.compare": 1,
            "stablehlo.select": 1,
            "stablehlo.reshape": 1,
            "tfl.unsorted_segment_min": 1,
            "stablehlo.minimum": 1,
        },
        inputs=(
            np.ones((3, 4), np.float32),
            np.arange(20, dtype=np.float32).reshape(5, 4) - 10.0,
            np.array([[0], [-1], [3], [1], [0]], np.int32),
        ),
    ),
    Example(
        name="sums of elements at positions that may not exist",
        patterns=("scatter_sums",),
        before=_scatter_elements("add"),
        after={
            **_ROW_OF_POSITION,
            "tfl.scatter_nd": 1,
            "stablehlo.slice": 1,
            "stablehlo.reshape": 2,
            "stablehlo.add": 1,
        },
        inputs=_ELEMENTS,
    ),
    Example(
        name="greatest elements at positions that may not exist",
        patterns=("reduce_segments",),
        before=_scatter_elements("maximum"),
        after={
            **_ROW_OF_POSITION,
            "tfl.unsorted_segment_max": 1,
            "stablehlo.reshape": 3,
            "stablehlo.maximum": 1,
        },
        inputs=_ELEMENTS,
    ),
    Example(
        name="rows replaced at known numbers, one of them twice and one that does not exist",
        patterns=("replace_rows",),
        before=function(
            "%v: tensor<3x4xf32>, %u: tensor<5x4xf32>",
            "tensor<3x4xf32>",
            _replacing(_KNOWN.replace("[1]", "[7]")),
        ),
        after={"stablehlo.concatenate": 1, "tfl.gather": 1},
    ),
    Example(
        name="rows replaced at known numbers, which may be others at another size",
        patterns=("replace_rows",),
        before=function(
            "%v: tensor<3x4xf32>, %u: tensor<5x4xf32>", "tensor<3x4xf32>", _replacing(_KNOWN)
        ),
        after={"stablehlo.scatter": 1},
        varies=True,
        runs=False,
    ),
    Example(
        name="sums of rows by numbers of 64 bits that may be wrong",
        patterns=("scatter_sums",),
        before=function(
            "%v: tensor<3x4xf32>, %u: tensor<5x4xf32>, %i: tensor<5x1xi64>",
            "tensor<3x4xf32>",
            _scatter("").replace("tensor<5x1xi32>", "tensor<5x1xi64>"),
        ),
        after={
            "tfl.maximum": 2,
            "tfl.minimum": 2,
            "stablehlo.convert": 1,
            "stablehlo.compare": 1,
            "stablehlo.select": 1,
            "tfl.scatter_nd": 1,
            "stablehlo.slice": 1,
            "stablehlo.add": 1,
        },
        inputs=(
            np.ones((3, 4), np.float32),
            np.arange(20, dtype=np.float32).reshape(5, 4),
            np.array([[0], [-1], [2**32 + 1], [1], [-(2**40)]], np.int64),
        ),
    ),
    Example(
        name="sums of segments by numbers of 64 bits",
        patterns=("name_segments",),
        before=call(
            "UnsortedSegmentSum",
            "%x, %i, %n",
            "(tensor<5x4xf32>, tensor<5xi64>, tensor<i32>) -> tensor<3x4xf32>",
            constants=integers("n", 3),
        ),
        after={"tfl.maximum": 1, "tfl.minimum": 1, "stablehlo.convert": 1} | _SUM,
        reference=_sums_of_segments,
        inputs=(
            np.arange(20, dtype=np.float32).reshape(5, 4),
            np.array([0, -1, 2, 2, -(2**32)], np.int64),
        ),
    ),
)
