"""Errors about results whose shapes depend on values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.layers import all_layers
from litert_ir.backends.tensorflow.unsupported_ops import layer_of_scope
from litert_ir.backends.tensorflow.value_shapes import Named, unpadded_selections
from litert_ir.errors import UnsupportedOp, ValueDependentShapeError
from litert_ir.ir.plan import ExportPlan


def require_no_padding(plan: ExportPlan, model: Any) -> None:
    """Require a model whose results LiteRT's kernels do not pad.

    Raises:
        ValueDependentShapeError: With the ops, and the layers that they are in.
        Exception: What the model raises; see `litert_ir.backends.model_failures`.
    """
    found = unpadded_selections(InferenceCall(model, plan.signature, in_floats=True))
    if found:
        raise value_dependent(
            "LiteRT's kernel returns padding as if it were detections, wherever the model keeps "
            "fewer boxes than it may.",
            found,
            model,
        )


def value_dependent(summary: str, found: Sequence[Named], model: Any) -> ValueDependentShapeError:
    """The error about ops, with each type of op named once, with its layers.

    Args:
        summary: The error's first sentence.
        found: The ops' types and scopes.
        model: Has the layers.
    """
    layers = tuple(all_layers(model))
    paths: dict[str, dict[str, None]] = {}
    for name, scope in found:
        path = layer_of_scope(scope, layers)
        paths.setdefault(name, {}).update({} if path is None else {path: None})
    ops = [UnsupportedOp(name, tuple(among)) for name, among in paths.items()]
    return ValueDependentShapeError(summary, ops, where=f"model {model.name!r}")
