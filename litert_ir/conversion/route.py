"""Which strategies a plan will go through, in order."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from litert_ir.conversion.foreign_strategies import faults_of
from litert_ir.conversion.progress import logger
from litert_ir.conversion.protocol import ConversionStrategy, WarmsUp
from litert_ir.conversion.quantizers.choice import Way, way_for
from litert_ir.conversion.quantizers.in_converter import ConverterQuantizer
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.errors import StrategyError
from litert_ir.ir.plan import ExportPlan, RouteStep


def warm_up(strategies: Sequence[ConversionStrategy], quantizers: Sequence[Quantizer]) -> None:
    """Let strategies and quantizers start what they will need, while something else is done.

    What somebody's own fails with meanwhile is logged: its attempt will tell whether it matters.
    """
    for item in (*strategies, *quantizers):
        if isinstance(item, WarmsUp):
            try:
                with faults_of(item.name):
                    item.warm_up()
            except StrategyError as error:
                logger.info("%s", error)


def with_route(
    plan: ExportPlan, strategies: Sequence[ConversionStrategy], quantizers: Sequence[Quantizer]
) -> ExportPlan:
    """The plan with the order of strategies, what quantizes their files, and who refuses it."""
    return attrs.evolve(
        plan, route=tuple(_step(way_for(plan, strategy, quantizers)) for strategy in strategies)
    )


def _step(way: Way) -> RouteStep:
    around = way.quantizer is not None and not isinstance(way.quantizer, ConverterQuantizer)
    return RouteStep(
        strategy=f"quantized-{way.strategy.name}" if around else way.strategy.name,
        refusal=way.refusal.reason if way.refusal else None,
    )
