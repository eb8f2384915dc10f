"""Which sizes to trace a plan's inputs with, where its dimensions are dynamic."""

from __future__ import annotations

import itertools

import attrs

from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import TensorSpec

Pair = tuple[int, int]

BATCH_SIZES: tuple[Pair, ...] = ((2, 3), (5, 7))
"""Sizes that no other dimension is likely to follow from, taken in turn: where a model has two
heads, say, a converter may write other operators for a batch of two."""

OTHER_SIZES: tuple[tuple[Pair, ...], ...] = (
    ((63, 65), (127, 129), (31, 33)),
    ((48, 80), (56, 88), (40, 72)),
    ((48, 80),),
    ((6, 11), (10, 17), (7, 13)),
    ((224, 256), (288, 320), (192, 352)),
)
"""For dimensions that are no batch, tried in turn until the model goes with them: one pair per
axis from the second on, the last pair for all axes beyond.

Sizes next to a power of two show where padding depends on odd and even. Multiples of 8 are for
models that halve and double again, one pair for all axes for those that take squares. No pair
has a batch's ratio, and no two axes have one pair, so that a size tells where it is from.
"""

LONG_SIZES = (4201, 2101, 1051, 521, 259)
"""Tried in turn for the axis after the batch, to see masks with a window; 4096 is the longest
window of published models (Mistral 7B, https://arxiv.org/abs/2310.06825)."""

Shape = tuple[int, ...]


@attrs.frozen
class Point:
    """The static shapes that all inputs have at one choice of sizes.

    Attributes:
        shapes: In the plan's input order.
    """

    shapes: tuple[Shape, ...]


def points_of(plan: ExportPlan) -> tuple[tuple[Point, ...], ...]:
    """The choices of sizes to trace with, to be tried in turn.

    Each is one point, if the plan is static, or two that differ in every dynamic dimension.
    """
    if all(spec.is_static for spec in plan.inputs):
        return ((_point(plan, 0, ()),),)
    count = len(OTHER_SIZES) if varies_beside_batch(plan) else len(BATCH_SIZES)
    choices = zip(itertools.cycle(BATCH_SIZES), OTHER_SIZES[:count], strict=False)
    return tuple(
        (_point(plan, 0, (batch, *others)), _point(plan, 1, (batch, *others)))
        for batch, others in choices
    )


def long_points_of(plan: ExportPlan, short: Point) -> tuple[Point, ...]:
    """Points that are much longer than others along every dynamic dimension but the batch.

    Args:
        plan: The plan.
        short: The point whose batch they have.
    """
    inputs = list(zip(plan.inputs, short.shapes, strict=True))
    return tuple(
        Point(tuple(_lengthened(spec, shape, length) for spec, shape in inputs))
        for length in LONG_SIZES
    )


def varies_beside_batch(plan: ExportPlan) -> bool:
    """Whether a dimension is dynamic that is no batch."""
    return any(not isinstance(dim, int) for spec in plan.inputs for dim in spec.shape[1:])


def _lengthened(spec: TensorSpec, shape: Shape, length: int) -> Shape:
    return tuple(
        length if axis and not isinstance(dim, int) else size
        for axis, (dim, size) in enumerate(zip(spec.shape, shape, strict=True))
    )


def _point(plan: ExportPlan, which: int, pairs: tuple[Pair, ...]) -> Point:
    return Point(tuple(_shape(spec, which, pairs) for spec in plan.inputs))


def _shape(spec: TensorSpec, which: int, pairs: tuple[Pair, ...]) -> Shape:
    """One pair of sizes per axis, the last one for all axes beyond."""
    return tuple(
        dim if isinstance(dim, int) else pairs[min(axis, len(pairs) - 1)][which]
        for axis, dim in enumerate(spec.shape)
    )
