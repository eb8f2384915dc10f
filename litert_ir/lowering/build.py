"""Build a model's variables from shapes alone, without data."""

from __future__ import annotations

import inspect
from typing import Any

from litert_ir.backends.current_tracer import build_by_call
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import ModelTraceError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import INPUT_SIGNATURE
from litert_ir.ir.signature import Signature
from litert_ir.lowering.shape_advice import advice_on
from litert_ir.visitors.shapes import Shapes


def build_model(keras: Any, model: Any, signature: Signature) -> None:
    """Build ``model`` for inputs of the signature.

    A model with a ``build`` of its own is built with ``model.build(shapes)``. Keras' default
    ``build`` creates no variables of sub-layers (it only warns), so a model without one, or
    one whose ``build`` leaves layers unbuilt, is traced once on symbolic tensors, which have
    shapes and dtypes but no data.

    Raises:
        ModelTraceError: When the model cannot be built for these shapes.
    """
    with failures_as(lambda error: _build_error(model, signature, error)):
        if not model.built and _has_own_build(keras, model):
            _call_build(model, signature)
        if needs_building(model):
            build_by_call(InferenceCall(model, signature))


def _build_error(model: Any, signature: Signature, error: Exception) -> ModelTraceError:
    return ModelTraceError(
        "The model cannot be built for the inputs of the signature.",
        where=f"model {model.name!r}",
        expected="a model that accepts "
        + ", ".join(f"{spec.name} {spec}" for spec in signature.tensors),
        received=brief(error),
        advice=advice_on(
            error,
            advise(
                "check the shapes and dtypes of {signature} against the model's call",
                signature=INPUT_SIGNATURE.alone,
            ),
        ),
    )


def _has_own_build(keras: Any, model: Any) -> bool:
    return isinstance(model, keras.Sequential) or (
        type(model).build is not keras.layers.Layer.build
    )


def _call_build(model: Any, signature: Signature) -> None:
    """Call ``build`` with each shape for the parameter of its name, else in order."""
    shapes = dict(
        zip((arg.name for arg in signature.arguments), signature.fold(Shapes()), strict=True)
    )
    parameters = list(inspect.signature(type(model).build).parameters)[1:]
    by_name = {f"{name}_shape": shape for name, shape in shapes.items()}
    if len(parameters) != 1 and set(parameters) <= set(by_name):
        model.build(**{name: by_name[name] for name in parameters})
    else:
        model.build(next(iter(shapes.values())))


def needs_building(model: Any) -> bool:
    """Return whether the model, or a layer in it, has no variables yet.

    After ``model.build(shape)`` with Keras' default ``build``, ``model.built`` is True although
    none of its layers is built.
    """
    return not model.built or any(needs_building(layer) for layer in getattr(model, "layers", ()))
