"""Sizes to compare at: within bounds, unequal among dimensions, none that conversions trace."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir import DynamicDim, ExportPlan
from litert_ir.ir.dimensions import BATCH_NAME, dynamic_dims, shapes_with, sizes_in
from litert_ir.stablehlo.trace.points import traced_sizes
from litert_ir.testing.strategies import plans
from litert_ir.verification.case_sizes import batch_of, sizes_text, verification_sizes
from tests.verification.sized_plans import plan_with

LENGTH = DynamicDim("length", minimum=20, maximum=512)
FREE = (DynamicDim(BATCH_NAME), DynamicDim("height"), DynamicDim("width"), 3)


@given(plan=plans())
def test_every_size_is_within_the_bounds(plan: ExportPlan) -> None:
    found = verification_sizes(plan, traced_sizes(plan))
    dims = dynamic_dims(plan.inputs)
    for sizes in filter(None, (found.smallest, *found.growing, found.largest)):
        assert set(sizes) == set(dims)
        assert all(dims[key].admits(size) for key, size in sizes.items())
        assert sizes_in(plan.inputs, shapes_with(plan.inputs, sizes)) == sizes


@given(
    minimum=st.integers(1, 3000),
    room=st.none() | st.integers(300, 9000),
    multiple=st.integers(1, 48),
    other=st.integers(1, 3000),
)
def test_sizes_are_none_that_are_traced_and_unequal_where_there_is_room(
    minimum: int, room: int | None, multiple: int, other: int
) -> None:
    maximum = None if room is None else minimum + room * multiple
    one = DynamicDim("one", minimum=minimum, maximum=maximum, multiple_of=multiple)
    plan = plan_with((DynamicDim(BATCH_NAME), one), (DynamicDim("two", minimum=other),))
    used = traced_sizes(plan)
    growing = verification_sizes(plan, used).growing
    for sizes in growing:
        assert sizes["one"] != sizes["two"]
        assert not any(sizes[key] in used[key] for key in ("one", "two"))
    along = list(dict.fromkeys(sizes["two"] for sizes in growing))
    assert max(along) > 1031
    for small, large in itertools.pairwise(sorted(along)):
        assert math.gcd(small, large) == 1


def test_unbounded_dimensions_get_small_and_large_sizes_odd_but_for_one() -> None:
    found = verification_sizes(plan_with(FREE))
    assert found.smallest == {BATCH_NAME: 1, "height": 1, "width": 1}
    assert found.growing[0] == {BATCH_NAME: 3, "height": 9, "width": 15}
    assert max(sizes["height"] for sizes in found.growing) > 16_000
    assert max(sizes["width"] for sizes in found.growing) > 16_000
    assert all(min(sizes.values()) < 300 for sizes in found.growing)
    first, second, *others = found.growing
    assert all(size % 2 for sizes in (first, *others) for size in sizes.values())
    assert all(second[key] % 8 == 0 for key in ("height", "width"))
    assert found.largest is None


def test_the_smallest_and_the_largest_sizes_are_those_of_the_bounds() -> None:
    bounded = DynamicDim("length", minimum=20, maximum=515, multiple_of=8)
    found = verification_sizes(plan_with((DynamicDim(BATCH_NAME, maximum=2), bounded)))
    assert found.smallest == {BATCH_NAME: 1, "length": 24}
    assert found.largest == {BATCH_NAME: 1, "length": 512}
    assert {sizes[BATCH_NAME] for sizes in found.growing} == {1, 2}


def test_dimensions_of_one_name_have_one_size() -> None:
    plan = plan_with((DynamicDim(BATCH_NAME), LENGTH), (DynamicDim(BATCH_NAME), LENGTH, 2))
    for sizes in verification_sizes(plan).growing:
        (batch, length), other = shapes_with(plan.inputs, sizes)
        assert other == (batch, length, 2)


def test_a_range_of_one_size_has_one_case() -> None:
    found = verification_sizes(plan_with((1, DynamicDim("n", minimum=7, maximum=7))))
    assert found.growing == ({"n": 7},)


@pytest.mark.parametrize(
    ("dim", "batches"),
    [
        (DynamicDim(BATCH_NAME), (1, 3)),
        (DynamicDim(), (1, 3)),
        (DynamicDim(BATCH_NAME, minimum=4), (4, 5)),
        (DynamicDim(BATCH_NAME, multiple_of=8), (8, 16)),
        (DynamicDim(BATCH_NAME, minimum=3, maximum=3), (3, 3)),
    ],
    ids=str,
)
def test_a_batch_has_two_sizes_where_it_may(dim: DynamicDim, batches: tuple[int, int]) -> None:
    found = verification_sizes(plan_with((dim, 4)))
    assert found.smallest is None
    assert tuple(map(batch_of, found.growing)) == batches


def test_batches_without_a_name_keep_to_their_own_bounds() -> None:
    plan = plan_with((DynamicDim(), 4), (DynamicDim(minimum=5), 4))
    assert verification_sizes(plan).growing == ({(0, 0): 1, (1, 0): 5}, {(0, 0): 3, (1, 0): 6})


def test_a_static_plan_has_two_cases() -> None:
    assert verification_sizes(plan_with((2, 4))).growing == ({}, {})


def test_the_sizes_of_runs_are_told_by_dimension() -> None:
    plan = plan_with((DynamicDim(BATCH_NAME), LENGTH), (DynamicDim(), 4, DynamicDim()))
    runs = [((1, 21), (1, 4, 9)), ((3, 55), (3, 4, 9))]
    assert sizes_text(plan, runs) == "batch 1, 3; length 21, 55; x1 axis 2 9"
    assert sizes_text(plan_with((2, 4)), [((2, 4),)]) == ""
