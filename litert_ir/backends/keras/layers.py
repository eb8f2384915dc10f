"""The layers of a model, and the paths of layers and variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from litert_ir.backends import load_keras
from litert_ir.ir.tensor import DType


def all_layers(model: Any) -> Iterator[Any]:
    """Every layer below a model or layer, once, outer before inner.

    A layer that is no model keeps its sub-layers in attributes of any nesting.
    """
    return (layer for _, layer in layer_paths(model))


def layers_inside(layer: Any) -> list[Any]:
    """The layers that a model or layer calls itself, in the order in which it holds them."""
    keras = load_keras()
    if isinstance(layer, keras.Model):
        return list(layer.layers)
    return list(_layers_in(vars(layer).values(), keras.layers.Layer))


def _layers_in(values: Iterable[Any], layers: Any) -> Iterator[Any]:
    """The layers in a nest; tree libraries would sort the keys of dicts."""
    for value in values:
        if isinstance(value, layers):
            yield value
        elif isinstance(value, Mapping):
            yield from _layers_in(list(value.values()), layers)
        elif isinstance(value, list | tuple | set):
            yield from _layers_in(value, layers)


def layer_paths(model: Any) -> tuple[tuple[str, Any], ...]:
    """Each layer below a model with its path, once, outer before inner.

    ``encoder/block_0/query`` is the layer `query` inside of `block_0` inside of `encoder`; the
    model's own name is left out. Keras' own `Layer.path` is that of the first build, which a
    model that was loaded from a file does not have.
    """
    return tuple(_below(model, "", {id(model)}))


def _below(layer: Any, prefix: str, known: set[int]) -> Iterator[tuple[str, Any]]:
    for part in layers_inside(layer):
        if id(part) in known:
            continue
        known.add(id(part))
        path = f"{prefix}{part.name}"
        yield path, part
        yield from _below(part, f"{path}/", known)


def paths_by_id(model: Any) -> dict[int, str]:
    """The path of each layer by its id; the model's own is its name."""
    return {id(model): model.name, **{id(layer): path for path, layer in layer_paths(model)}}


def variable_paths(model: Any) -> dict[int, str]:
    """The path of each variable of a model, by the variable's id: its layer's, and its name.

    The path of a variable that several layers share is that of the innermost of the first ones.
    """
    paths: dict[int, str] = {}
    owners: list[tuple[str, Any]] = [("", model), *((f"{p}/", x) for p, x in layer_paths(model))]
    for prefix, layer in owners:
        own = {id(variable) for part in layers_inside(layer) for variable in part.variables}
        for variable in layer.variables:
            if id(variable) not in own:
                paths.setdefault(id(variable), f"{prefix}{variable.name}")
    return paths


def own_weights(model: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The layers that have weights of their own, with these weights."""
    layers = tuple(all_layers(model))
    owner = {id(weight): layer for layer in (model, *layers) for weight in layer.weights}
    for layer in (model, *layers):
        own = tuple(weight for weight in layer.weights if owner[id(weight)] is layer)
        if own:
            yield layer, own


def compute_dtypes(model: Any) -> tuple[DType, ...]:
    """The floating-point types that layers compute in, sorted; float32 where none does.

    Containers of layers and inputs have policies without effect.
    """
    keras = load_keras()
    passive = (keras.Function, keras.Sequential, keras.layers.InputLayer)
    layers = (layer for layer in (model, *all_layers(model)) if not isinstance(layer, passive))
    known = {layer.compute_dtype for layer in layers}
    found = [dtype for dtype in DType if dtype.is_floating and dtype.value in known]
    return tuple(sorted(found, key=lambda dtype: dtype.value)) or (DType.FLOAT32,)
