"""The quantizer `converter`: the strategy's own converter quantizes while it converts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.conversion.progress import Progress
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.counting import CountedItems


@attrs.frozen
class ConverterQuantizer(Quantizer):
    """Hands the quantized plan to the strategy: those over TensorFlow's converter take it."""

    name: str = attrs.field(default="converter", init=False)

    @override
    def refuses(self, plan: ExportPlan, strategy: ConversionStrategy) -> Refusal | None:
        """Refuses what the strategy refuses, and the small types of a model from Keras."""
        if plan.recipe != plan.options.recipe:
            return Refusal(reason="keeps no small types of single layers")
        return strategy.refuses(plan)

    @override
    def warm_up(self) -> None:
        """There is nothing to start."""

    @override
    def convert(
        self,
        plan: ExportPlan,
        strategy: ConversionStrategy,
        model: Any,
        calibration: Iterable[Any] | None,
        on_progress: Progress,
    ) -> Artifact:
        """Convert; see `ConversionStrategy.convert`."""
        if calibration is None:
            return strategy.convert(plan, model, None)
        phase = f"{strategy.name}: calibrating"
        return strategy.convert(plan, model, CountedItems(calibration, on_progress, phase))
