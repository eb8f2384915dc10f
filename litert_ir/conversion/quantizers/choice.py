"""Which quantizer goes with which strategy for a plan: the first that refuses neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from litert_ir.conversion.foreign_strategies import checked_refusal, faults_of
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.errors import StrategyError
from litert_ir.ir.plan import ExportPlan

_NotTaken = Refusal | StrategyError


@attrs.frozen
class Way:
    """A strategy, and what quantizes its file.

    Attributes:
        strategy: The strategy.
        quantizer: None where the plan's file is a float one.
        refusal: Why it will not be tried; None when it will.
        fault: In what asking whether it refuses the plan ended; it has a refusal then, too.
    """

    strategy: ConversionStrategy
    quantizer: Quantizer | None = None
    refusal: Refusal | None = None
    fault: StrategyError | None = attrs.field(default=None, eq=False)

    @property
    def name(self) -> str:
        """Who makes the file."""
        quantizer = f" + {self.quantizer.name}" if self.quantizer else ""
        return f"{self.strategy.name}{quantizer}"

    def convert(
        self,
        plan: ExportPlan,
        model: Any,
        calibration: Iterable[Any] | None,
        on_progress: Progress,
    ) -> Artifact:
        """The plan's file.

        Raises:
            ConversionError: When it cannot be made this way.
        """
        if self.quantizer is None:
            return self.strategy.convert(plan, model, calibration)
        return self.quantizer.convert(plan, self.strategy, model, calibration, on_progress)


def way_for(plan: ExportPlan, strategy: ConversionStrategy, quantizers: Sequence[Quantizer]) -> Way:
    """How a strategy's file becomes that of the plan.

    Args:
        plan: What to make.
        strategy: The strategy.
        quantizers: What to consider for quantized plans, in order.
    """
    if not plan.recipe.quantizes:
        refusal = _refusal(strategy.name, strategy.refuses, plan)
        return _without_quantizer(strategy, [refusal] if refusal else [])
    refusals: list[_NotTaken] = []
    for quantizer in quantizers:
        refusal = _refusal(quantizer.name, quantizer.refuses, plan, strategy)
        if refusal is None:
            return Way(strategy, quantizer)
        refusals.append(refusal)
    return _without_quantizer(strategy, refusals)


def _without_quantizer(strategy: ConversionStrategy, refusals: Sequence[_NotTaken]) -> Way:
    if not refusals:
        return Way(strategy)
    faults = [each for each in refusals if isinstance(each, StrategyError)]
    reasons = [
        f"fails: {each.received}" if isinstance(each, StrategyError) else each.reason
        for each in refusals
    ]
    text = "; ".join(dict.fromkeys(reasons))
    return Way(strategy, refusal=Refusal(reason=text), fault=faults[0] if faults else None)


def _refusal(name: str, refuses: Callable[..., Refusal | None], *asked: object) -> _NotTaken | None:
    """Why somebody's strategy or quantizer takes no plan, be it that asking it failed."""
    try:
        with faults_of(name):
            return checked_refusal(name, refuses(*asked))
    except StrategyError as error:
        return error
