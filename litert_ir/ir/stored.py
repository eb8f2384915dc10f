"""The small types of a Keras model's weights, which its file is to keep."""

from __future__ import annotations

import enum

import attrs


class StoredAs(enum.Enum):
    """What a LiteRT file can hold weights as, by name; smallest first."""

    INT4 = "int4"
    INT8 = "int8"
    FLOAT16 = "float16"
    FLOAT32 = "float32"


class Rounding(enum.Enum):
    """To what a Keras layer rounds its inputs before it multiplies them with its weights."""

    INT8 = "int8"
    FLOAT8 = "float8"


@attrs.frozen(kw_only=True)
class StoredType:
    """How a weight of one layer of the model is stored, and how its file can store it.

    An embedding that is also used in reverse has two: rows are looked up, and multiplied with.

    Attributes:
        layer: The layer's path in the model.
        origin: Where the small type comes from, such as ``quantize('int8')``.
        weights: The smallest type that holds them in a file: symmetric integers, with a scale
            for each output channel, or floats.
        exact: Whether they are the same numbers in that type, floats of more bits apart.
        rounding: What Keras rounds the layer's inputs to; None when it computes with floats.
        by_strategy: Whether strategies write the weights like that themselves. Else their files
            hold what the weights stand for as float32, in which the small ones are found again:
            the largest of a channel is the largest integer times the scale.
    """

    layer: str
    origin: str
    weights: StoredAs
    exact: bool = True
    rounding: Rounding | None = None
    by_strategy: bool = False

    def __str__(self) -> str:
        """The record without the layer, in one line.

        Example:
            >>> print(StoredType(layer="a", origin="quantize('int8')", weights=StoredAs.INT8))
            int8 from quantize('int8')
        """
        kind = self.weights.value + ("" if self.exact else " (not exact)")
        rounding = f", inputs rounded to {self.rounding.value}" if self.rounding else ""
        return f"{kind} from {self.origin}{rounding}"
