"""Sizes that follow from dimensions by strides, paddings and sums are told from their values."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Size
from litert_ir.stablehlo.dynamic_shapes.size_finder import SizeFinder
from litert_ir.stablehlo.trace.points import OTHER_SIZES

Formula = Callable[[int, int], int]
"""A size, from the sizes of two dimensions."""
FIRST, SECOND = OTHER_SIZES[0][:2]
OTHER_PAIRS = [(1, 40), (2, 9), (8, 8), (64, 63), (100, 7), (255, 640), (2048, 1023), (4097, 5000)]


def found_at(points: int, formula: Formula) -> Size | None:
    """What explains a size at so many points."""
    sizes = tuple(zip(FIRST[:points], SECOND[:points], strict=True))
    image = AlignedTensor(
        index=0, name="x", dtype="float32", shapes=sizes, contents=(None,) * points
    )
    values = tuple(formula(*pair) for pair in sizes)
    return SizeFinder([image]).find(values)


def value(size: Size, pair: tuple[int, int]) -> int:
    return size.value(lambda dim: pair[dim.axis])


@given(st.sampled_from([*range(2, 13), 16, 20, 24, 32, 64, 128]), st.booleans())
def test_a_chain_of_strides_is_one_floor(stride: int, rounds_up: bool) -> None:
    def formula(height: int, _: int) -> int:
        return (height + (stride - 1 if rounds_up else 0)) // stride

    size = found_at(4, formula)
    assert size is not None
    assert all(value(size, pair) == formula(*pair) for pair in OTHER_PAIRS)


@given(st.integers(2, 4), st.integers(2, 4))
def test_an_upsampling_behind_strides_is_found(stride: int, scale: int) -> None:
    def formula(height: int, _: int) -> int:
        return scale * (-(-height // stride))

    size = found_at(4, formula)
    assert size is not None
    assert all(value(size, pair) == formula(*pair) for pair in OTHER_PAIRS)


@pytest.mark.parametrize(("times", "over"), [(3, 2), (3, 4), (2, 3), (5, 8), (7, 5)])
def test_fractions_are_found(times: int, over: int) -> None:
    size = found_at(4, lambda height, _: times * height // over)
    assert size is not None
    assert all(value(size, pair) == times * pair[0] // over for pair in OTHER_PAIRS)


@given(st.integers(1, 9), st.integers(-9, 9))
def test_lines_are_found(times: int, plus: int) -> None:
    size = found_at(3, lambda height, _: times * height + plus)
    assert size is not None
    assert all(value(size, pair) == times * pair[0] + plus for pair in OTHER_PAIRS)


@pytest.mark.parametrize("block", [4, 8, 16, 32, 7, 10])
def test_what_fills_up_to_a_multiple_is_found(block: int) -> None:
    def before(height: int, _: int) -> int:
        return (-height % block) // 2

    def after(height: int, width: int) -> int:
        return -height % block - before(height, width)

    for formula in (lambda height, _: -height % block, before, after):
        size = found_at(4, formula)
        assert size is not None
        assert all(value(size, pair) == formula(*pair) for pair in OTHER_PAIRS)


@pytest.mark.parametrize(
    "formula",
    [
        lambda height, width: height + width,
        lambda height, width: height + width + 3,
        lambda height, width: width - height + 1000,
    ],
)
def test_sums_are_found(formula: Formula) -> None:
    size = found_at(3, formula)
    assert size is not None
    assert all(value(size, pair) == formula(*pair) for pair in OTHER_PAIRS)


@given(st.lists(st.integers(0, 5000), min_size=3, max_size=4))
def test_numbers_that_follow_from_nothing_are_given_back_or_not_found(values: list[int]) -> None:
    points = len(values)
    sizes = tuple(zip(FIRST[:points], SECOND[:points], strict=True))
    image = AlignedTensor(
        index=0, name="x", dtype="float32", shapes=sizes, contents=(None,) * points
    )
    assume(len(set(values)) > 1)
    size = SizeFinder([image]).find(tuple(values))
    if size is not None:
        assert [value(size, pair) for pair in sizes] == values


def test_two_points_guess_no_line_and_no_step() -> None:
    assert found_at(2, lambda height, _: height + 3) is None
    assert found_at(2, lambda height, _: (height + 1) // 2) is None
