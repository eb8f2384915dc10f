"""The error of one layer of a file."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.backends.keras.layer_calls import CallKey
from litert_ir.ir.quantization import Precision
from litert_ir.reports.plain_data import fields_of


@attrs.frozen(kw_only=True)
class LayerError:
    """The error of a layer's result, in the tensor of the file that holds it.

    Attributes:
        layer: The path of the layer; of several that are one operator in the file, that with the
            largest weights. An input of integers is a layer, too: it rounds.
        others: The paths of the others, whose results have no tensor of their own in the file.
        call: The number of the call, from 0 on, where the layer is called several times.
        tensor: The name of the file's tensor.
        precision: The precision of the operators that compute it.
        matched_by: The evidence that it is this layer's: ``output``, ``name`` or ``values``.
        added: The error that the layer adds: of what the file has relative to what the Keras layer
            computes from the file's own tensors before it. It is the root of the mean squared
            difference over that of the mean squared Keras value, over all samples; of integers
            and booleans, the share that differs.
        accumulated: The error relative to the Keras model on the same inputs, in the same unit:
            all that was added up to here.
        limit: The largest ``added`` that rounding explains.
        weight_bytes: The bytes of the constants in these operators.
        float_bytes: The bytes of the layers' weights in Keras.
    """

    layer: str
    others: tuple[str, ...] = ()
    call: int = 0
    tensor: str
    precision: Precision
    matched_by: str
    added: float
    accumulated: float
    limit: float
    weight_bytes: int = 0
    float_bytes: int = 0

    @property
    def departs(self) -> bool:
        """Tell whether the layer adds more than rounding explains."""
        return not self.added <= self.limit

    @property
    def name(self) -> str:
        """The layer, with the number of its call where that is not the first."""
        return f"{self.layer} (call {self.call + 1})" if self.call else self.layer

    @property
    def fused(self) -> str:
        """The others, without what their paths have in common with the layer's."""
        around = self.layer.rpartition("/")[0]
        return ", ".join(
            path.removeprefix(f"{around}/") if around else path for path in self.others
        )

    def to_data(self) -> dict[str, Any]:
        """Return the fields and the verdict, in JSON's types."""
        return {**fields_of(self), "departs": self.departs}


def path_text(key: CallKey) -> str:
    """Return the path of a call as text; the model's own operations have none."""
    return "/".join(key[0]) or "the model's own operations"


def share_text(error: float) -> str:
    """Format a relative error as a percentage.

    Example:
        >>> share_text(0.1234), share_text(3e-6), share_text(0.0)
        ('12 %', '0.0003 %', '0 %')
    """
    percent = 100 * error
    if not 0 < abs(percent) < 10:
        return f"{percent:.0f} %"
    return f"{percent:.2g} %"
