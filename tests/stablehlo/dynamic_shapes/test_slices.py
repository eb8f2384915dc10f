"""Slices by numbers that no converter writes on demand, made general."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from tests.stablehlo.dynamic_shapes.hand_made import (
    Operator,
    Tensor,
    constant,
    generalized,
    hand_made,
)
from tests.stablehlo.dynamic_shapes.sized_pairs import LoadedFile


def test_sizes_in_64_bits() -> None:
    def sliced(batch: int) -> Mapping[str, Tensor]:
        return {
            "input_0": Tensor(shape=(batch, 4)),
            "begin": constant([0, 1], "int64"),
            "size": constant([batch, 2], "int64"),
            "shape": constant([2, batch, 2], "int64"),
            "cut": Tensor(shape=(batch, 2)),
            "output_0": Tensor(shape=(2, batch, 2)),
        }

    steps = [
        Operator(code="SLICE", inputs=("input_0", "begin", "size"), outputs=("cut",)),
        Operator(code="BROADCAST_TO", inputs=("cut", "shape"), outputs=("output_0",)),
    ]
    content = generalized(*(hand_made(sliced(batch), steps) for batch in (2, 3)))
    x = np.arange(20, dtype=np.float32).reshape(5, 4)
    (result,) = LoadedFile(content, xnnpack=False).run([x])
    np.testing.assert_array_equal(result, np.broadcast_to(x[:, 1:3], (2, 5, 2)))


def sliced(
    length: int, begin: list[int], end: list[int], shape: tuple[int, ...], masks: Mapping[str, int]
) -> bytes:
    """A file with a STRIDED_SLICE of (2, length), by fixed places."""
    tensors = {
        "input_0": Tensor(shape=(2, length)),
        "begin": constant(begin),
        "end": constant(end),
        "strides": constant([1] * len(begin)),
        "output_0": Tensor(shape=shape),
    }
    step = Operator(
        code="STRIDED_SLICE",
        inputs=("input_0", "begin", "end", "strides"),
        outputs=("output_0",),
        options=masks,
    )
    return hand_made(tensors, [step])


def test_slices_with_an_ellipsis() -> None:
    files = [sliced(n, [0, 1], [0, n], (2, n - 1), {"ellipsisMask": 1}) for n in (7, 11)]
    x = np.arange(32, dtype=np.float32).reshape(2, 16)
    (result,) = LoadedFile(generalized(*files), xnnpack=False).run([x])
    np.testing.assert_array_equal(result, x[..., 1:])


def test_slices_with_a_new_axis() -> None:
    masks = {"newAxisMask": 2}
    files = [sliced(n, [0, 0, 2], [1, 0, n - 1], (1, 1, n - 3), masks) for n in (7, 11)]
    x = np.arange(32, dtype=np.float32).reshape(2, 16)
    (result,) = LoadedFile(generalized(*files), xnnpack=False).run([x])
    np.testing.assert_array_equal(result, x[:1, None, 2:-1])


def test_slices_by_length() -> None:
    files = [sliced(n, [1, 0], [1, n], (1, n), {"offset": True}) for n in (7, 11)]
    x = np.arange(32, dtype=np.float32).reshape(2, 16)
    (result,) = LoadedFile(generalized(*files), xnnpack=False).run([x])
    np.testing.assert_array_equal(result, x[1:])


@pytest.mark.parametrize("code", ["SLICE", "STRIDED_SLICE"])
def test_slices_from_a_computed_place(code: str) -> None:
    def moved(length: int) -> bytes:
        tensors = {
            "input_0": Tensor(shape=(2, length)),
            "input_1": Tensor(shape=(2,), dtype="int32"),
            "end": constant([1, length - 1] if code == "SLICE" else [2, length]),
            "strides": constant([1, 1]),
            "output_0": Tensor(shape=(1, length - 1)),
        }
        inputs = ("input_0", "input_1", "end", "strides")
        step = Operator(
            code=code,
            inputs=inputs[:3] if code == "SLICE" else inputs,
            outputs=("output_0",),
            options={} if code == "SLICE" else {"offset": False},
        )
        return hand_made(tensors, [step], inputs=inputs[:2])

    file = LoadedFile(generalized(moved(7), moved(11)), xnnpack=False)
    x = np.arange(32, dtype=np.float32).reshape(2, 16)
    (result,) = file.run([x, np.array([1, 1], np.int32)])
    np.testing.assert_array_equal(result, x[1:, 1:])


def test_slices_of_nothing() -> None:
    def emptied(batch: int) -> bytes:
        tensors = {
            "input_0": Tensor(shape=(batch, 4)),
            "begin": constant([0, 0]),
            "size": constant([batch, 0]),
            "output_0": Tensor(shape=(batch, 0)),
        }
        step = Operator(code="SLICE", inputs=("input_0", "begin", "size"), outputs=("output_0",))
        return hand_made(tensors, [step])

    file = LoadedFile(generalized(emptied(2), emptied(3)), xnnpack=False)
    (result,) = file.run([np.zeros((5, 4), np.float32)])
    assert result.shape == (5, 0)
