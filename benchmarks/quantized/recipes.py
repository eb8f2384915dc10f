"""The recipes that are compared, as litert_ir names them; imports no framework."""

from __future__ import annotations

import enum

from litert_ir.ir.quantization import PRECISION_NAMES, Precision


class Recipe(enum.Enum):
    """The quantization of a file; the value is its name in `litert_ir.PRECISION_NAMES`."""

    FLOAT = "float"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    WEIGHT_ONLY_INT8 = "weight-only-int8"
    WEIGHT_ONLY_INT4 = "weight-only-int4"
    INT8 = "int8"
    INT16X8 = "int16x8"

    @property
    def precision(self) -> Precision:
        """The precision of the recipe."""
        return PRECISION_NAMES[self.value]

    @property
    def needs_samples(self) -> bool:
        """Tell whether ranges of activations are calibrated."""
        return self.precision.is_integer

    @property
    def has_terms_in_tensorflow(self) -> bool:
        """Tell whether TensorFlow's converter, and so Keras' exporter, has terms for the recipe."""
        return self not in {Recipe.WEIGHT_ONLY_INT8, Recipe.WEIGHT_ONLY_INT4}
