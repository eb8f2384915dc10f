"""Compute all steps of `keras.layers.TimeDistributed` at once while models are traced.

Keras loops over the steps in Python where their number is known, and lets TensorFlow rewrite the
loop where it is not: both write the number of steps into a graph. A layer that treats each sample
by itself gives the same for all steps of all samples at once.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from litert_ir.backends import load_keras
from litert_ir.backends.keras.layers import all_layers

_ELEMENTWISE = frozenset({"Activation", "Dense", "Dropout", "ELU", "Identity", "LeakyReLU", "ReLU"})
"""Layers that take any number of leading dimensions; no reshaping is needed."""

_DIMENSIONS = ("1D", "2D", "3D")
_WINDOWS = (
    "AveragePooling", "Conv", "Cropping", "DepthwiseConv", "GlobalAveragePooling",
    "GlobalMaxPooling", "MaxPooling", "SeparableConv", "SpatialDropout", "UpSampling",
    "ZeroPadding",
)  # fmt: skip
_BY_SAMPLE = frozenset(
    {f"{name}{dimensions}" for name in _WINDOWS for dimensions in _DIMENSIONS}
    | {"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Flatten", "Permute", "Reshape"}
    | {"BatchNormalization", "Bidirectional", "GRU", "GroupNormalization", "LSTM"}
    | {"LayerNormalization", "RMSNormalization", "RepeatVector", "Rescaling", "SimpleRNN"}
    | {"Add", "Average", "Embedding", "Maximum", "Minimum", "Multiply", "Subtract"}
    | {"InputLayer", "TimeDistributed"}
)
"""Other layers that treat each sample by itself."""


@contextlib.contextmanager
def merging_steps(model: Any) -> Iterator[None]:
    """Compute all steps of `TimeDistributed` at once, where the layer inside is one of Keras'.

    The layers' ``call`` stands in their ``__dict__`` meanwhile.

    Args:
        model: The model.
    """
    layers = [layer for layer in all_layers(model) if _is_mergeable(layer)]
    for layer in layers:
        vars(layer)["call"] = _merged(layer)
    try:
        yield
    finally:
        for layer in layers:
            del vars(layer)["call"]


def _is_mergeable(layer: Any) -> bool:
    keras = load_keras()
    return type(layer) is keras.layers.TimeDistributed and _is_by_sample(keras, layer.layer)


def _is_by_sample(keras: Any, layer: Any) -> bool:
    """Tell whether a layer is one of Keras' own that treats each sample by itself.

    A model does if all layers that it calls do; operations that are no layers count as unknown.
    """
    if type(layer) is keras.Sequential:
        return all(_is_by_sample(keras, part) for part in layer.layers)
    if isinstance(layer, keras.Function) and type(layer).__module__.startswith("keras."):
        return all(_is_by_sample(keras, part) for part in layer.operations)
    name = type(layer).__name__
    known = name in _ELEMENTWISE | _BY_SAMPLE and type(layer) is getattr(keras.layers, name, None)
    return known and not getattr(layer, "stateful", False)


def _merged(wrapper: Any) -> Callable[..., Any]:
    """The call of a `TimeDistributed` layer."""
    ops, layer = load_keras().ops, wrapper.layer
    accepted = inspect.signature(layer.call).parameters

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        given: dict[str, Any] = {}
        if "training" in accepted:
            given["training"] = training
        if type(layer).__name__ in _ELEMENTWISE:
            return layer.call(inputs, **given)
        shape = ops.shape(inputs)
        if "mask" in accepted and mask is not None:
            given["mask"] = ops.reshape(mask, (-1, *ops.shape(mask)[2:]))
        outputs = layer.call(ops.reshape(inputs, (-1, *shape[2:])), **given)
        return ops.reshape(outputs, (*shape[:2], *ops.shape(outputs)[1:]))

    return call
