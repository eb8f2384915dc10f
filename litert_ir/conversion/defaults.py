"""What is tried where the user names nothing."""

from __future__ import annotations

from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.quantizers.in_converter import ConverterQuantizer
from litert_ir.conversion.quantizers.on_file import LiteRTQuantizer
from litert_ir.conversion.quantizers.protocol import Quantizer
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

DEFAULT_QUANTIZERS: tuple[Quantizer, ...] = (ConverterQuantizer(), LiteRTQuantizer())
"""What quantizes a strategy's file: the first that does not refuse plan and strategy."""
