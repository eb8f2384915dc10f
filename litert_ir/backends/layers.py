"""The layers of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from litert_ir.backends import load_keras


def all_layers(model: Any) -> Iterator[Any]:
    """Every layer below a model or layer, once, outer before inner.

    A layer that is no model keeps its sub-layers in attributes of any nesting.
    """
    keras = load_keras()
    return _new_layers(model, {id(model)}, keras.Model, keras.layers.Layer)


def _new_layers(layer: Any, known: set[int], models: Any, layers: Any) -> Iterator[Any]:
    inside = layer.layers if isinstance(layer, models) else _layers_in(vars(layer).values(), layers)
    for part in list(inside):
        if id(part) not in known:
            known.add(id(part))
            yield part
            yield from _new_layers(part, known, models, layers)


def _layers_in(values: Iterable[Any], layers: Any) -> Iterator[Any]:
    """Not by a tree library: those sort the keys of dicts, where they can."""
    for value in values:
        if isinstance(value, layers):
            yield value
        elif isinstance(value, Mapping):
            yield from _layers_in(list(value.values()), layers)
        elif isinstance(value, list | tuple | set):
            yield from _layers_in(value, layers)


def own_weights(model: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The layers that have weights, each with those that no layer inside of it has."""
    layers = tuple(all_layers(model))
    owner = {id(weight): layer for layer in (model, *layers) for weight in layer.weights}
    for layer in (model, *layers):
        own = tuple(weight for weight in layer.weights if owner[id(weight)] is layer)
        if own:
            yield layer, own
