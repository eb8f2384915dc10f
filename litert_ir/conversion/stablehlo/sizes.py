"""Which sizes to trace a plan's inputs with, where its dimensions are dynamic."""

from __future__ import annotations

import attrs

from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import Dim, TensorSpec

BATCH_SIZES = (2, 3)
"""Two sizes that no other dimension is likely to follow from."""

Pair = tuple[int, int]

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
has the batch's ratio, and no two axes have one pair, so that a size tells where it is from.
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
    others = OTHER_SIZES if _varies_beside_batch(plan) else OTHER_SIZES[:1]
    return tuple((_point(plan, 0, pairs), _point(plan, 1, pairs)) for pairs in others)


def long_points_of(plan: ExportPlan) -> tuple[Point, ...]:
    """Points that are much longer than the others along every dynamic dimension but the batch."""
    return tuple(_point(plan, 1, ((0, size),)) for size in LONG_SIZES)


def _varies_beside_batch(plan: ExportPlan) -> bool:
    return any(not isinstance(dim, int) for spec in plan.inputs for dim in spec.shape[1:])


def _point(plan: ExportPlan, which: int, others: tuple[Pair, ...]) -> Point:
    return Point(tuple(_shape(spec, which, others) for spec in plan.inputs))


def _shape(spec: TensorSpec, which: int, others: tuple[Pair, ...]) -> Shape:
    return tuple(_size(dim, axis, which, others) for axis, dim in enumerate(spec.shape))


def _size(dim: Dim, axis: int, which: int, others: tuple[Pair, ...]) -> int:
    if isinstance(dim, int):
        return dim
    if axis == 0:
        return BATCH_SIZES[which]
    return others[min(axis, len(others)) - 1][which]
