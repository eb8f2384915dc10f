"""Nearest elements that an operator takes by constant places, for all sizes."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_tensorflow
from litert_ir.backends.jax.nearest_samples import nearest_places
from litert_ir.errors import NotGeneralError
from tests.stablehlo.dynamic_shapes.sized_functions import IMAGE
from tests.stablehlo.dynamic_shapes.sized_pairs import Pair, check

Places = Callable[[int, int], Any]
"""Of the rows that are taken, from the height and the width of an image."""


def rows_taken(places: Places) -> Callable[[Any], Any]:
    return lambda x: load_tensorflow().gather(x, places(*x.shape[1:3]), axis=1)


AFTER: dict[str, Callable[[tuple[int, int]], int]] = {
    "another size": lambda sizes: sizes[1],
    "twice": lambda sizes: 2 * sizes[0],
    "a half": lambda sizes: sizes[0] // 2,
    "a fixed size": lambda _: 41,
}


@pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)
def test_nearest_rows_are_taken_at_all_sizes(after: Callable[[tuple[int, int]], int]) -> None:
    check(Pair(rows_taken(lambda *sizes: nearest_places(sizes[0], after(sizes))), (IMAGE,)))


def test_nearest_rows_of_a_fixed_number_are_taken_at_all_sizes() -> None:
    def taken(x: Any) -> Any:
        eight = load_tensorflow().reshape(x[:, :4, :2], [x.shape[0], 8, 4])
        return load_tensorflow().gather(eight, nearest_places(8, x.shape[2]), axis=1)

    check(Pair(taken, (IMAGE,)))


def test_places_that_are_nearly_the_nearest_are_refused() -> None:
    def places(height: int, width: int) -> Any:
        found = nearest_places(height, width)
        found[-2] -= 1
        return found

    with pytest.raises(NotGeneralError, match="its values vary along a dynamic dimension") as error:
        Pair(rows_taken(places), (IMAGE,)).general()
    assert "GATHER" in error.value.where


def test_places_are_whole_numbers_below_the_size() -> None:
    for before, after in np.ndindex(40, 40):
        places = nearest_places(before + 1, after + 1)
        assert places.dtype == np.int32
        assert 0 <= places.min() <= places.max() <= before
