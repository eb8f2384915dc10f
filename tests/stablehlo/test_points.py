"""The points that models are traced at show what depends on which, within the plan's bounds."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from litert_ir.ir.dimensions import dynamic_dims
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import DynamicDim
from litert_ir.stablehlo.trace.points import (
    BATCH_SIZES,
    OTHER_SIZES,
    Point,
    long_points_of,
    maxima_of,
    points_of,
    traced_sizes,
    varies_beside_batch,
    within,
)
from litert_ir.testing.dimensions import dynamic_dims as random_dims
from litert_ir.testing.strategies import plans

ROWS = [row for rows in OTHER_SIZES for row in rows]
WANTED = st.sampled_from([*ROWS, *BATCH_SIZES])


def sizes_at(plan: ExportPlan, point: Point) -> dict[str, set[int]]:
    """The sizes of the named dimensions at a point."""
    found: dict[str, set[int]] = {}
    for spec, shape in zip(plan.inputs, point.shapes, strict=True):
        for dim, size in zip(spec.shape, shape, strict=True):
            if isinstance(dim, DynamicDim) and dim.name is not None:
                found.setdefault(dim.name, set()).add(size)
    return found


@given(plans())
def test_points_are_inputs_that_the_plan_admits(plan: ExportPlan) -> None:
    for points in points_of(plan):
        for point in points:
            for spec, shape in zip(plan.inputs, point.shapes, strict=True):
                for axis, (dim, size) in enumerate(zip(spec.shape, shape, strict=True)):
                    if isinstance(dim, int):
                        assert size == dim
                    elif dim.name == "batch" or (dim.name is None and not axis):
                        assert size >= dim.minimum
                        assert size % dim.multiple_of == 0
                    else:
                        assert dim.admits(size)
            assert all(len(sizes) == 1 for sizes in sizes_at(plan, point).values())


@given(plans())
def test_every_dynamic_dimension_differs_from_point_to_point(plan: ExportPlan) -> None:
    for points in points_of(plan):
        for key in dynamic_dims(plan.inputs):
            if isinstance(key, str):
                sizes = [
                    next(iter(found[key]))
                    for found in (sizes_at(plan, point) for point in points)
                    if key in found
                ]
                assert len(set(sizes)) == len(sizes)


@given(plans())
def test_a_static_plan_has_one_point(plan: ExportPlan) -> None:
    is_static = all(spec.is_static for spec in plan.inputs)
    assert (not dynamic_dims(plan.inputs)) is is_static
    if is_static:
        assert [len(points) for points in points_of(plan)] == [1]


@given(plans())
def test_the_sizes_of_all_points_are_told(plan: ExportPlan) -> None:
    told = traced_sizes(plan)
    for points in points_of(plan):
        for point in points:
            for name, sizes in sizes_at(plan, point).items():
                assert sizes <= told[name]


@given(random_dims(), WANTED)
def test_sizes_are_within_the_bounds_and_distinct(dim: DynamicDim, wanted: tuple[int, ...]) -> None:
    found = within(dim, wanted)
    assert all(dim.admits(size) for size in found)
    assert len(set(found)) == len(found)
    room = math.inf
    if dim.maximum is not None:
        room = dim.maximum // dim.multiple_of - dim.smallest // dim.multiple_of + 1
    assert len(found) >= min(3, room // 2)


@given(random_dims(), WANTED)
def test_a_largest_size_is_among_the_first_two(dim: DynamicDim, wanted: tuple[int, ...]) -> None:
    assume(dim.maximum is not None and len(within(dim, wanted)) > 1)
    assert dim.maximum is not None
    largest = dim.maximum // dim.multiple_of * dim.multiple_of
    assert max(within(dim, wanted)[:2]) == largest


@pytest.mark.parametrize("wanted", OTHER_SIZES[0])
def test_free_sizes_are_of_many_residues(wanted: tuple[int, ...]) -> None:
    assert within(DynamicDim("n"), wanted) == wanted
    assert [size % 2 for size in wanted] == [1, 1, 0, 1, 1]
    assert all(size % divisor for size in wanted for divisor in range(3, 9))
    assert all(len({size % divisor for size in wanted}) > 1 for divisor in (3, 4, 5, 7, 8, 16, 32))


@pytest.mark.parametrize(("series", "residue"), [(1, 1), (2, 31)])
def test_sizes_of_later_series_stay_odd_when_halved(series: int, residue: int) -> None:
    for wanted in OTHER_SIZES[series]:
        assert within(DynamicDim("n"), wanted) == wanted
        assert {size % 32 for size in wanted} == {residue}


@pytest.mark.parametrize("series", OTHER_SIZES)
def test_no_two_dimensions_go_alike(series: tuple[tuple[int, ...], ...]) -> None:
    for first in series:
        for second in series:
            if first != second:
                assert not set(first) & set(second)
                assert first[0] * second[1] != first[1] * second[0]


@given(plans())
def test_the_largest_sizes_are_told_by_place(plan: ExportPlan) -> None:
    for (at, axis), size in maxima_of(plan).items():
        dim = plan.inputs[at].shape[axis]
        assert isinstance(dim, DynamicDim)
        assert dim.maximum is not None
        assert dim.admits(size)
        assert not dim.admits(size + dim.multiple_of)


@given(plans())
def test_long_points_have_the_batch_of_a_short_one(plan: ExportPlan) -> None:
    short = points_of(plan)[0][0]
    for long in long_points_of(plan, short):
        for at, (spec, shape) in enumerate(zip(plan.inputs, long.shapes, strict=True)):
            for axis, dim in enumerate(spec.shape):
                if isinstance(dim, DynamicDim):
                    if dim.name == "batch":
                        assert shape[axis] == short.shapes[at][axis]
                    else:
                        assert dim.admits(shape[axis]) or not axis
    if not varies_beside_batch(plan):
        assert set(long_points_of(plan, short)) == {short}
