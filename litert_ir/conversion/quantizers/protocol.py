"""What a quantizer is: it makes a strategy's file the quantized one that a plan asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from litert_ir.conversion.progress import Progress
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.ir.plan import ExportPlan


@runtime_checkable
class Quantizer(Protocol):
    """One way to quantize; interchangeable with every other.

    A quantizer is a stateless object, like a strategy.
    """

    @property
    def name(self) -> str:
        """The name in plans, attempts and on the command line."""

    def refuses(self, plan: ExportPlan, strategy: ConversionStrategy) -> Refusal | None:
        """Why it will not quantize this plan's file by this strategy, or None. Cheap; no I/O."""

    def warm_up(self) -> None:
        """Start what takes time to start; returns at once."""

    def convert(
        self,
        plan: ExportPlan,
        strategy: ConversionStrategy,
        model: Any,
        calibration: Iterable[Any] | None,
        on_progress: Progress,
    ) -> Artifact:
        """Let the strategy convert, and quantize.

        Args:
            plan: What to make.
            strategy: One that `refuses` has nothing against.
            model: The Keras model that the plan was lowered from.
            calibration: Samples that fit the plan's inputs, flat and in their order; can be
                iterated over more than once. None when the plan asks for none.
            on_progress: Told about each phase as it begins.

        Raises:
            ConversionError: When it does not succeed; the next strategy is then tried.
        """
