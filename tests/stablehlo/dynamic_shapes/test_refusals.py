"""Models that two sizes do not explain: each error names what depends on them, and how."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_tensorflow
from litert_ir.errors import ConversionError, NotGeneralError
from tests.stablehlo.dynamic_shapes.hand_made import generalized
from tests.stablehlo.dynamic_shapes.sized_pairs import FIRST, SECOND, Pair, Shape

SEQUENCE: Shape = ("batch", "length", 4)
IMAGE: Shape = ("batch", "height", "width", 4)
ADVICE = "with batch_size=..., or an int in input_signature, or let the next strategy"


def tf() -> Any:
    return load_tensorflow()


def refusal(function: Callable[..., Any], shape: Shape = SEQUENCE) -> NotGeneralError:
    """The error for a function."""
    with pytest.raises(NotGeneralError) as caught:
        Pair(function, (shape,)).general()
    return caught.value


def test_a_mask_that_compares_no_positions() -> None:
    def masked(x: Any) -> Any:
        row, column = np.indices((x.shape[1], x.shape[1]))
        keep = (row ^ column) % 4 == 0
        with tf().name_scope("decoder/attention"):
            return tf().where(keep[..., None], x[:, None], -1e9) * 2.0

    error = refusal(masked)
    assert "the leading part of a table or a mask" in error.summary
    assert "SELECT_V2 'decoder/attention/" in error.where
    assert "shape (7, 7, 1) with [True, False," in error.received
    assert "shape (12, 12, 1) with [True, False," in error.received
    assert ADVICE in error.advice


def test_a_table_of_positions() -> None:
    table = np.sin(np.arange(80, dtype=np.float32)).reshape(20, 4)
    error = refusal(lambda x: x + table[: x.shape[1]])
    assert "the leading part of a table or a mask" in error.summary
    assert "ADD" in error.where
    assert "shape (7, 4) with [0.0, 0.84" in error.received


def test_a_weight_that_has_a_dynamic_dimension() -> None:
    def dense(x: Any) -> Any:
        size = x.shape[1] * 4
        kernel = np.cos(np.arange(3.0 * size) + size).astype(np.float32).reshape(size, 3)
        return tf().matmul(tf().reshape(x, [x.shape[0], size]), kernel)

    error = refusal(dense)
    assert "vary along a dynamic dimension" in error.summary
    assert "FULLY_CONNECTED" in error.where
    assert "shape (3, 28)" in error.received


def test_a_number_that_is_no_size() -> None:
    error = refusal(lambda x: x * (1 / math.log(x.shape[1])))
    assert "its values differ" in error.summary
    assert "MUL" in error.where
    assert "shape () with 0.513" in error.received


def test_a_whole_number_that_is_no_size() -> None:
    error = refusal(lambda x: tf().argmax(x, axis=1, output_type=tf().int32) + (x.shape[1] + 21))
    assert "no tensor at this place has such a dimension" in error.summary
    assert "shape () with 28 for one size, shape () with 33" in error.received


def test_a_slice_whose_place_and_length_are_sizes() -> None:
    def cut(x: Any) -> Any:
        table = tf().reshape(x[0, 0], [4, 1]) * np.arange(40, dtype=np.float32)
        return tf().slice(table, [0, x.shape[1]], [4, x.shape[0]])

    error = refusal(cut)
    assert "no tensor at this place has such a dimension" in error.summary
    assert "SLICE" in error.where


def test_paddings_that_depend_on_the_size() -> None:
    error = refusal(lambda x: tf().pad(x, [[0, 0], [0, 20 - x.shape[1]], [0, 0]]))
    assert "PAD" in error.where
    assert "shape (3, 2) with [0, 0, 0, 13, 0, 0]" in error.received


def test_an_image_that_grows_by_a_border() -> None:
    error = refusal(lambda x: tf().image.resize(x, [x.shape[1] + 2, x.shape[2] + 2]), IMAGE)
    assert "RESIZE_BILINEAR" in error.where
    assert "[14, 30] for one size, shape (2,) with [22, 46]" in error.received


def test_an_option_of_an_operator() -> None:
    error = refusal(lambda x: tf().nn.avg_pool2d(x, [x.shape[1], x.shape[2]], 1, "VALID"), IMAGE)
    assert "another builtinOptions.filterWidth" in error.summary
    assert "AVERAGE_POOL_2D" in error.where
    assert "28 for one size, 44 for the other" in error.received


def test_an_unrolled_loop() -> None:
    def unrolled(x: Any) -> Any:
        with tf().name_scope("rnn/cell"):
            return tf().add_n([tf().tanh(step) for step in tf().unstack(x, axis=1)])

    error = refusal(unrolled)
    assert "other operators" in error.summary or "another number of tensors" in error.summary
    assert "rnn/cell" in error.where + error.received


def test_blocks_of_a_dynamic_dimension() -> None:
    error = refusal(lambda x: tf().space_to_batch(x, [4, 1], [[0, 0], [0, 0]]), IMAGE)
    assert "blocks of a fixed size" in error.summary
    assert "SPACE_TO_BATCH_ND" in error.where
    assert "blocks of [4, 1] in a tensor of shape (2, 12, 28, 4)" in error.received
    Pair(
        lambda x: tf().space_to_batch(x, [2, 1], [[0, 0], [0, 0]]), (("batch", 4, 4, 1),)
    ).general()


def test_a_branch_for_one_of_the_sizes() -> None:
    error = refusal(lambda x: tf().sin(x) if x.shape[1] > 10 else tf().cos(tf().sin(x)))
    assert "other operators" in error.summary
    assert error.where == "operator 1"
    assert "COS 'PartitionedCall:0' for one size, none for the other" in error.received


def test_a_graph_for_one_of_the_sizes() -> None:
    def chosen(x: Any) -> Any:
        if x.shape[1] > 10:
            return x + 1
        return tf().cond(x[0, 0, 0] > 0, lambda: x + 1, lambda: x)

    assert "another number of graphs" in refusal(chosen).summary


def test_two_sizes_that_no_tensor_has() -> None:
    def squares(x: Any) -> Any:
        odd = {7: (4, 7), 12: (2, 24)}[x.shape[1]]
        return tf().reshape(x[0], [*odd, 1])

    error = refusal(squares)
    assert "the kernel can compute only one of its sizes" in error.summary
    assert "RESHAPE" in error.where
    assert "with [4, 7, 1]" in error.received


@pytest.mark.parametrize(
    ("first", "second", "expected", "received"),
    [
        ({"batch": 1}, {"batch": 3}, "2 or more", "1 and 3"),
        (
            {"height": 8, "batch": 2},
            {"height": 12, "batch": 3},
            "another ratio for each dimension",
            "(2, 3) and (8, 12)",
        ),
    ],
)
def test_sizes_that_cannot_be_told_apart(
    first: dict[str, int], second: dict[str, int], expected: str, received: str
) -> None:
    pair = Pair(lambda x: tf().sin(x), (IMAGE,))
    files = [pair.file({**FIRST, **first}), pair.file({**SECOND, **second})]
    with pytest.raises(NotGeneralError, match="do not tell the dimensions apart") as caught:
        generalized(*files)
    assert caught.value.expected == expected
    assert caught.value.received == received
    assert "2 and 3, 7 and 11" in caught.value.advice


def test_the_next_strategy_is_tried() -> None:
    assert issubclass(NotGeneralError, ConversionError)
