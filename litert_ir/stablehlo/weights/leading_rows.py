"""The weights of a file for all sizes, from those that a model has at several points."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.errors import DifferingFilesError
from litert_ir.errors.advice import FIX_SIZES
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.weights.simplify import sliced

Weights = tuple[WeightExpr, ...]


def largest_weights(at_points: Sequence[Weights]) -> Weights:
    """The weights of which each point has the same ones, or the leading part.

    Args:
        at_points: The weights at each point, in the order in which the model reads them.

    Raises:
        DifferingFilesError: When a point reads other weights.
    """
    if len({len(weights) for weights in at_points}) > 1:
        raise _differing(f"{len(at_points[0])} weights", str([*map(len, at_points)]))
    return tuple(map(_largest, zip(*at_points, strict=True)))


def _largest(parts: Weights) -> WeightExpr:
    whole = max(parts, key=lambda part: part.nbytes)
    for part in parts:
        if part != whole and not _leads(part, whole):
            raise _differing(f"the leading part of {whole.shape}", str(part.shape))
    return whole


def _leads(part: WeightExpr, whole: WeightExpr) -> bool:
    rank = len(whole.shape)
    fits = len(part.shape) == rank and all(
        small <= large for small, large in zip(part.shape, whole.shape, strict=True)
    )
    return fits and sliced(whole, (0,) * rank, part.shape, (1,) * rank) == part


def _differing(expected: str, received: str) -> DifferingFilesError:
    return DifferingFilesError(
        "The weights are used differently at different sizes of the inputs.",
        expected=expected,
        received=received,
        advice=FIX_SIZES,
    )
