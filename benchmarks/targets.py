"""The targets of litert_ir's exporters against Keras' own, and whether they are met."""

from __future__ import annotations

from benchmarks.contenders import BASELINE
from benchmarks.figures import Figure, Quantity, Relation
from benchmarks.summary import Cell

LEAST_SPEEDUP = 8.0
"""Times less time than Keras' exporter takes, cold."""

WEIGHTS_SHARE = 0.1
FIXED_EXTRA = 120e6
"""Extra memory is at most this share of the weights and so many bytes."""

MOST_LATENCY_RATIO = 1.0
NOISE = 0.03
"""The margin of an invocation against Keras' file: the difference between two runs of one file."""


def extra_limit(weights: int) -> float:
    """The most extra memory, in bytes, that the export of so many bytes of weights may need."""
    return WEIGHTS_SHARE * weights + FIXED_EXTRA


def is_fast(cell: Cell) -> bool | None:
    """Tell whether the cold export meets its target; None without a target or a figure."""
    if cell.contender is BASELINE or cell.cold is None or cell.cold.ratio is None:
        return None
    return _at_most(cell.cold.ratio.of_medians, 1 / LEAST_SPEEDUP)


def is_lean(cell: Cell, quantity: Quantity | None) -> bool | None:
    """Tell whether extra memory, resident or anonymous, stays below the limit.

    Returns:
        None where there is no target or nothing is known.
    """
    if cell.contender is BASELINE or cell.weights is None or quantity is None:
        return None
    return _at_most(quantity.median, extra_limit(cell.weights))


def is_as_quick(cell: Cell) -> bool | None:
    """Tell whether the file runs as fast as Keras'; None where there is no target, or no file."""
    if cell.contender is BASELINE or cell.latency is None or cell.latency.ratio is None:
        return None
    ratio = cell.latency.ratio.in_same_round
    return None if ratio is None else ratio <= MOST_LATENCY_RATIO + NOISE


def _at_most(figure: Figure, limit: float) -> bool | None:
    """Tell whether a figure is within a limit; None where its bound does not tell."""
    within = figure.value <= limit
    decided = {Relation.IS: True, Relation.AT_MOST: within, Relation.AT_LEAST: not within}
    return within if decided[figure.relation] else None
