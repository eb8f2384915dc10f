"""Which quantizer goes with which strategy for a plan: the first that refuses neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from litert_ir.conversion.progress import Progress
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.ir.plan import ExportPlan


@attrs.frozen
class Way:
    """A strategy, and what quantizes its file.

    Attributes:
        strategy: The strategy.
        quantizer: None where the plan's file is a float one.
        refusal: Why it will not be tried; None when it will.
    """

    strategy: ConversionStrategy
    quantizer: Quantizer | None = None
    refusal: Refusal | None = None

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
        return Way(strategy, refusal=strategy.refuses(plan))
    reasons = []
    for quantizer in quantizers:
        refusal = quantizer.refuses(plan, strategy)
        if refusal is None:
            return Way(strategy, quantizer)
        reasons.append(refusal.reason)
    return Way(strategy, refusal=Refusal(reason="; ".join(dict.fromkeys(reasons))))
