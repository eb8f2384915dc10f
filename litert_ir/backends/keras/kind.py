"""Determine the kind of a Keras model: functional, sequential or subclassed."""

from __future__ import annotations

from typing import Any

from litert_ir.backends import load_keras
from litert_ir.errors import UnsupportedModelError
from litert_ir.ir.plan import ModelKind


def kind_of(model: Any) -> ModelKind:
    """The kind of a model.

    A class that inherits from a Functional or Sequential model but overrides ``call`` counts
    as subclassed: its inputs are what its own ``call`` takes.

    Raises:
        UnsupportedModelError: When ``model`` is no Keras model instance.
    """
    keras = load_keras()
    if not isinstance(model, keras.Model):
        raise UnsupportedModelError(
            f"{_describe(model)} is not supported for export.",
            where="model",
            expected="an instance of keras.Model (Functional, Sequential or subclassed)",
            received=_describe(model),
            advice=_advice(keras, model),
        )
    if isinstance(model, keras.Sequential) and type(model).call is keras.Sequential.call:
        return ModelKind.SEQUENTIAL
    functional = _functional_class(keras, model)
    if functional is not None and type(model).call is functional.call:
        return ModelKind.FUNCTIONAL
    return ModelKind.SUBCLASSED


def _functional_class(keras: Any, model: Any) -> Any:
    """The most basic ancestor that is both a Function and a Model; Keras does not export it."""
    return next(
        (
            cls
            for cls in reversed(type(model).__mro__)
            if issubclass(cls, keras.Function) and issubclass(cls, keras.Model)
        ),
        None,
    )


def _describe(model: Any) -> str:
    if isinstance(model, type):
        return f"the class {model.__module__}.{model.__qualname__}"
    cls = type(model)
    return f"an object of type {cls.__module__}.{cls.__qualname__}"


def _advice(keras: Any, model: Any) -> str:
    if isinstance(model, type):
        return "create an instance of the class and export that"
    if isinstance(model, keras.layers.Layer):
        return "wrap the layer in a model: keras.Sequential([keras.Input(...), layer])"
    return "pass a Keras 3 model; models of tf.keras (Keras 2) have to be saved and reloaded"
