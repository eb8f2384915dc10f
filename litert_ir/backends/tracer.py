"""The interface of a Keras backend to planning: call a model on tensors without data."""

from __future__ import annotations

from typing import Any, Protocol

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.static_traces import Shapes
from litert_ir.ir.tensor import DType


class Tracer(Protocol):
    """Calls models on tensors that have shapes and dtypes but no data."""

    def build(self, call: InferenceCall) -> None:
        """Let an unbuilt model create its variables, by calling it.

        Raises:
            Exception: What the call raises; see `litert_ir.backends.model_failures`.
        """

    def outputs(self, call: InferenceCall) -> tuple[Any, ...]:
        """Return the call's outputs: nested tensors without data.

        Returns:
            One result; or two, where the backend needs a number for every dimension: then the
            dynamic dimensions had other sizes for the second.

        Raises:
            Exception: What the call raises; see `litert_ir.backends.model_failures`.
        """

    def outputs_at(self, call: InferenceCall, shapes: Shapes) -> Any:
        """Return the call's outputs for inputs of static shapes: nested tensors without data.

        Args:
            call: The call.
            shapes: Of the flat inputs.

        Raises:
            Exception: What the call raises; see `litert_ir.backends.model_failures`.
        """

    def held_as(self, dtype: DType) -> DType:
        """The type that the backend stores a tensor of this type in."""
