"""The small types of a Keras model's weights that its file has to keep."""

from __future__ import annotations

import enum
from typing import assert_never

import attrs

from litert_ir.ir.informing import INFORMS
from litert_ir.ir.quantization import Precision


class StoredAs(enum.Enum):
    """The types in which a LiteRT file can hold weights, by name; smallest first."""

    INT4 = "int4"
    INT8 = "int8"
    FLOAT16 = "float16"
    FLOAT32 = "float32"


class Rounding(enum.Enum):
    """The type that a Keras layer rounds its inputs to before multiplying them with weights."""

    INT8 = "int8"
    FLOAT8 = "float8"


@attrs.frozen(kw_only=True)
class StoredType:
    """The storage of a layer's weight in the model, and the types that its file can store it in.

    An embedding that is also used in reverse has two: rows are looked up, and multiplied with.

    Attributes:
        layer: The layer's path in the model.
        origin: The source of the small type, such as ``quantize('int8')``.
        weights: The smallest type that holds them in a file: symmetric integers, with a scale
            for each output channel, or floats.
        exact: Whether they are the same numbers in that type, floats of more bits apart.
        rounding: The type of the layer's rounded inputs; None when it computes with floats.
        by_strategy: Whether strategies write the weights like that themselves. Else their files
            hold what the weights stand for as float32, in which the small ones are found again:
            the largest of a channel is the largest integer times the scale.
    """

    layer: str
    origin: str = attrs.field(metadata=INFORMS)
    weights: StoredAs
    exact: bool = attrs.field(default=True, metadata=INFORMS)
    rounding: Rounding | None = None
    by_strategy: bool = False

    @property
    def precision(self) -> Precision:
        """The precision that the file's quantizer gives the layer, to keep the weights' type."""
        if self.by_strategy:
            return Precision.FLOAT
        match self.weights:
            case StoredAs.INT8 if self.rounding is Rounding.INT8:
                return Precision.DYNAMIC_RANGE
            case StoredAs.INT8:
                return Precision.WEIGHT_ONLY_INT8
            case StoredAs.INT4:
                return Precision.WEIGHT_ONLY_INT4
            case StoredAs.FLOAT16 | StoredAs.FLOAT32:
                return Precision.FLOAT
            case _:
                assert_never(self.weights)

    def __str__(self) -> str:
        """The record without the layer, in one line.

        Example:
            >>> print(StoredType(layer="a", origin="quantize('int8')", weights=StoredAs.INT8))
            int8 from quantize('int8')
        """
        kind = self.weights.value + ("" if self.exact else " (not exact)")
        rounding = f", inputs rounded to {self.rounding.value}" if self.rounding else ""
        return f"{kind} from {self.origin}{rounding}"
