"""Values that hang together as a task's inputs have to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.ir.task import Pattern
from litert_ir.samples.coherent_values import Array, patterned

seeds = st.integers(0, 2**16)


def drawn(seed: int, pattern: Pattern, *shape: int, extent: int = 1) -> Array:
    array = patterned(np.random.default_rng(seed), pattern, shape, extent)
    assert array.shape == shape
    return array


@given(seeds, st.integers(1, 4), st.integers(1, 40))
def test_a_mask_begins_with_ones(seed: int, batch: int, length: int) -> None:
    mask = drawn(seed, Pattern.LEADING_ONES, batch, length).astype(int)
    assert (mask[:, 0] == 1).all()
    assert (np.diff(mask, axis=1) <= 0).all()
    assert (mask.sum(axis=1) >= length / 2).all()


@given(seeds, st.integers(1, 4), st.integers(1, 20), st.integers(1, 30))
def test_positions_rise_and_differ_where_there_are_enough(
    seed: int, batch: int, count: int, below: int
) -> None:
    positions = drawn(seed, Pattern.INCREASING, batch, count, extent=below)
    assert 0 <= positions.min() <= positions.max() < below
    steps = np.diff(positions, axis=1)
    assert (steps >= (1 if count <= below else 0)).all()


@given(seeds, st.integers(1, 4), st.integers(1, 5))
def test_boxes_lie_in_the_image_and_know_their_sample(seed: int, batch: int, count: int) -> None:
    boxes = drawn(seed, Pattern.BOXES_OF_ROWS, batch, count, 5)
    assert (boxes[..., 0] == np.arange(batch)[:, None]).all()
    centre, size = boxes[..., 1:3], boxes[..., 3:]
    assert (size > 0).all()
    assert (centre - size / 2 >= 0).all()
    assert (centre + size / 2 <= 1).all()


@given(seeds)
def test_prompts_of_pixels(seed: int) -> None:
    corners = drawn(seed, Pattern.CORNERS, 2, 3, 2, 2, extent=64)
    assert (corners[..., 0, :] <= corners[..., 1, :]).all()
    for places in (corners, drawn(seed, Pattern.COORDINATES, 2, 3, 2, extent=64)):
        assert 0 <= places.min() <= places.max() <= 64
        assert places.max() > 1
    assert {*np.unique(drawn(seed, Pattern.LABELS, 2, 30))} == {0, 1}


@pytest.mark.parametrize("pattern", Pattern)
def test_each_pattern_is_drawn_the_same_for_a_seed(pattern: Pattern) -> None:
    shape = {Pattern.CORNERS: (2, 3, 2, 2), Pattern.BOXES_OF_ROWS: (2, 3, 5)}.get(pattern, (2, 3))
    first, second = (drawn(7, pattern, *shape, extent=9) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert pattern is Pattern.LEADING_ONES or (drawn(8, pattern, *shape, extent=9) != first).any()
