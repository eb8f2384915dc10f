"""Which sizes to trace a plan's inputs with, where its dimensions are dynamic."""

from __future__ import annotations

import attrs

from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import Dim, TensorSpec

BATCH_SIZES = (2, 3)
"""Two sizes that no other dimension is likely to follow from."""

OTHER_SIZES = ((48, 80), (16, 24), (6, 10), (224, 256))
"""For dimensions that are no batch, tried in turn until the model can be called with them."""

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
        return ((_point(plan, 0, (0, 0)),),)
    others = OTHER_SIZES if _varies_beside_batch(plan) else OTHER_SIZES[:1]
    return tuple((_point(plan, 0, sizes), _point(plan, 1, sizes)) for sizes in others)


def _varies_beside_batch(plan: ExportPlan) -> bool:
    return any(not isinstance(dim, int) for spec in plan.inputs for dim in spec.shape[1:])


def _point(plan: ExportPlan, which: int, others: tuple[int, int]) -> Point:
    return Point(tuple(_shape(spec, which, others) for spec in plan.inputs))


def _shape(spec: TensorSpec, which: int, others: tuple[int, int]) -> Shape:
    return tuple(_size(dim, axis, which, others) for axis, dim in enumerate(spec.shape))


def _size(dim: Dim, axis: int, which: int, others: tuple[int, int]) -> int:
    if isinstance(dim, int):
        return dim
    return (BATCH_SIZES if axis == 0 else others)[which]
