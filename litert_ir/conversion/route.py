"""Which strategies a plan will go through, in order."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from litert_ir.conversion.protocol import ConversionStrategy, WarmsUp
from litert_ir.ir.plan import ExportPlan, RouteStep


def warm_up(strategies: Sequence[ConversionStrategy]) -> None:
    """Let strategies start what they will need, while something else is done."""
    for strategy in strategies:
        if isinstance(strategy, WarmsUp):
            strategy.warm_up()


def with_route(plan: ExportPlan, strategies: Sequence[ConversionStrategy]) -> ExportPlan:
    """The plan with the order of strategies, and which of them refuse it."""
    steps = []
    for strategy in strategies:
        refusal = strategy.refuses(plan)
        steps.append(RouteStep(strategy=strategy.name, refusal=refusal.reason if refusal else None))
    return attrs.evolve(plan, route=tuple(steps))
