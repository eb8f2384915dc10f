"""The sizes that models are traced with show what depends on which."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given

from litert_ir.conversion.stablehlo.sizes import (
    BATCH_SIZES,
    Point,
    long_points_of,
    points_of,
    varies_beside_batch,
)
from litert_ir.ir.plan import ExportPlan
from litert_ir.testing.strategies import plans


def sizes_of(plan: ExportPlan, points: tuple[Point, ...]) -> set[tuple[int, ...]]:
    """The sizes of the dynamic dimensions at some points."""
    return {
        tuple(point.shapes[at][axis] for point in points)
        for at, spec in enumerate(plan.inputs)
        for axis, dim in enumerate(spec.shape)
        if not isinstance(dim, int)
    }


@given(plans())
def test_dynamic_dimensions_differ_and_static_ones_do_not(plan: ExportPlan) -> None:
    for points in points_of(plan):
        for point in points:
            for spec, shape in zip(plan.inputs, point.shapes, strict=True):
                assert len(spec.shape) == len(shape)
                pairs = zip(spec.shape, shape, strict=True)
                assert all(size == dim for dim, size in pairs if isinstance(dim, int))
        found = sizes_of(plan, points)
        assert all(len(set(sizes)) == len(points) for sizes in found)
        assert len({Fraction(*sizes) for sizes in found}) == len(found)


@given(plans())
def test_a_batch_is_tried_with_all_its_sizes(plan: ExportPlan) -> None:
    choices = points_of(plan)
    if varies_beside_batch(plan) or len(choices) > 1:
        batches = {
            sizes for points in choices for sizes in sizes_of(plan, points) if sizes in BATCH_SIZES
        }
        has_batch = any(spec.shape and not isinstance(spec.shape[0], int) for spec in plan.inputs)
        assert batches == (set(BATCH_SIZES) if has_batch else set())
    else:
        assert all(spec.is_static for spec in plan.inputs)


@given(plans())
def test_long_points_have_the_batch_of_a_short_one(plan: ExportPlan) -> None:
    short = points_of(plan)[0][-1]
    for long in long_points_of(plan, short):
        for spec, shape, other in zip(plan.inputs, long.shapes, short.shapes, strict=True):
            for axis, dim in enumerate(spec.shape):
                is_longer = axis > 0 and not isinstance(dim, int)
                assert (shape[axis] > other[axis]) is is_longer
                assert is_longer or shape[axis] == other[axis]
