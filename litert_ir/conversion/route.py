"""The route of a plan: the strategies to try in order, and the refusals of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from litert_ir.conversion.foreign_strategies import checked_refusal, faults_of
from litert_ir.conversion.progress import logger
from litert_ir.conversion.protocol import ConversionStrategy, Refusal, WarmsUp
from litert_ir.conversion.quantized import Quantized
from litert_ir.errors import StrategyError
from litert_ir.ir.plan import ExportPlan, RouteStep


@attrs.frozen
class Candidate:
    """A strategy for a plan, and whether it will be tried.

    Attributes:
        strategy: The strategy.
        refusal: Why it will not be tried; None when it will.
        fault: In what asking whether it refuses the plan ended; it has a refusal then, too.
    """

    strategy: ConversionStrategy
    refusal: Refusal | None = None
    fault: StrategyError | None = attrs.field(default=None, eq=False)

    @property
    def name(self) -> str:
        """The strategy's name."""
        return self.strategy.name

    @property
    def step(self) -> RouteStep:
        """The candidate in a plan's route."""
        return RouteStep(strategy=self.name, refusal=self.refusal.reason if self.refusal else None)


def candidate_for(plan: ExportPlan, strategy: ConversionStrategy) -> Candidate:
    """Return the strategy for the plan's file: as it is, or for a quantized plan `Quantized`.

    Args:
        plan: The plan.
        strategy: The strategy; one that is a `Quantized` is not wrapped again.
    """
    as_it_is = _refusal(strategy, plan)
    if as_it_is is None:
        return Candidate(strategy)
    if isinstance(strategy, Quantized) or not plan.recipe.quantizes:
        return _refused(strategy, [as_it_is])
    quantized = Quantized(strategy)
    afterwards = _refusal(quantized, plan)
    if afterwards is None:
        return Candidate(quantized)
    return _refused(strategy, [as_it_is, afterwards])


def routed(
    plan: ExportPlan, strategies: Iterable[ConversionStrategy]
) -> tuple[ExportPlan, tuple[Candidate, ...]]:
    """The plan with the route through some strategies, and the candidates of that route."""
    candidates = tuple(candidate_for(plan, strategy) for strategy in strategies)
    return attrs.evolve(plan, route=tuple(each.step for each in candidates)), candidates


def warm_up(strategies: Iterable[ConversionStrategy]) -> None:
    """Start what strategies will need, while the plan is made.

    Failures of a user's strategy are logged: its attempt will show whether they matter.
    """
    for strategy in strategies:
        if isinstance(strategy, WarmsUp):
            try:
                with faults_of(strategy.name):
                    strategy.warm_up()
            except StrategyError as error:
                logger.info("%s", error)


def _refused(
    strategy: ConversionStrategy, refusals: Sequence[Refusal | StrategyError]
) -> Candidate:
    faults = [each for each in refusals if isinstance(each, StrategyError)]
    reasons = [
        f"fails: {each.received}" if isinstance(each, StrategyError) else each.reason
        for each in refusals
    ]
    text = "; ".join(dict.fromkeys(reasons))
    return Candidate(strategy, Refusal(reason=text), faults[0] if faults else None)


def _refusal(strategy: ConversionStrategy, plan: ExportPlan) -> Refusal | StrategyError | None:
    """Return a strategy's refusal of a plan, or the error of asking it."""
    try:
        with faults_of(strategy.name):
            return checked_refusal(strategy.name, strategy.refuses(plan))
    except StrategyError as error:
        return error
