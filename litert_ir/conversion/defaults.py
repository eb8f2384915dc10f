"""The strategies of an export whose caller names none."""

from __future__ import annotations

from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.tensorflow.concrete_function import ConcreteFunction
from litert_ir.conversion.tensorflow.direct import Direct
from litert_ir.conversion.tensorflow.saved_model import SavedModel
from litert_ir.stablehlo.strategy import StableHLO

DEFAULT_STRATEGIES: tuple[ConversionStrategy, ...] = (
    StableHLO(),
    Direct(),
    ConcreteFunction(),
    SavedModel(),
)
"""The strategies in the order in which they are tried."""
