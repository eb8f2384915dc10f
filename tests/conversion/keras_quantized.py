"""Models that were quantized in Keras, by kind and mode."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras
from litert_ir.backends.keras.dequantization import unpacked_int4

keras: Any = load_keras()
layers: Any = keras.layers
quantizers: Any = keras.quantizers

Array = NDArray[Any]
WIDTH = 40
ROWS = 50


def dense() -> Any:
    x = keras.Input((WIDTH,), name="x")
    hidden = layers.Dense(WIDTH, activation="relu", name="hidden")(x)
    return keras.Model(x, layers.Dense(33, name="y")(hidden))


def einsum() -> Any:
    """Projections to and from heads, as in attention; in Gemma's, heads come first."""
    x = keras.Input((5, WIDTH), name="x")
    heads = layers.EinsumDense("abc,cde->abde", (None, 4, 8), bias_axes="de", name="heads")(x)
    back = layers.EinsumDense("abde,dec->abc", (None, WIDTH), bias_axes="c", name="back")(heads)
    swapped = layers.EinsumDense("btd,ndh->btnh", (None, 4, 8), name="swapped")(back)
    return keras.Model(x, layers.Reshape((5, 32), name="y")(swapped))


def embedding() -> Any:
    x = keras.Input((5,), dtype="int32", name="x")
    return keras.Model(x, layers.Embedding(ROWS, WIDTH, name="y")(x))


def reversible(*, tied: bool = True) -> Any:
    x = keras.Input((5,), dtype="int32", name="x")
    table = layers.ReversibleEmbedding(
        ROWS, WIDTH, tie_weights=tied, logit_soft_cap=3.0, name="table"
    )
    logits = table(layers.Dense(WIDTH, name="inner")(table(x)), reverse=True)
    return keras.Model(x, layers.Identity(name="y")(logits))


def untied() -> Any:
    return reversible(tied=False)


KINDS: Mapping[str, Callable[[], Any]] = {
    "dense": dense,
    "einsum": einsum,
    "embedding": embedding,
    "reversible": reversible,
    "untied": untied,
}

_CONFIGS: Mapping[str, Callable[[], Any]] = {
    "int8": quantizers.Int8QuantizationConfig,
    "int8 weights": lambda: quantizers.Int8QuantizationConfig(activation_quantizer=None),
    "int4": lambda: quantizers.Int4QuantizationConfig(block_size=-1),
    "int4 blocks": lambda: quantizers.Int4QuantizationConfig(block_size=16),
    "float8": quantizers.Float8QuantizationConfig,
}
MODES = tuple(_CONFIGS)


def quantized(kind: str, mode: str) -> Any:
    """A model of a kind with seeded weights, quantized in Keras."""
    keras.utils.set_random_seed(0)
    return quantize(KINDS[kind](), mode)


def quantize(model: Any, mode: str) -> Any:
    with warnings.catch_warnings():  # Keras warns of each layer that it leaves as it is
        warnings.simplefilter("ignore")
        model.quantize(config=_CONFIGS[mode]())
    return model


def calibrated(mode: str, layer: Any, shape: tuple[int, ...]) -> Any:
    """A model of one layer in the state in which GPTQ and AWQ leave it, with random integers."""
    rng, x = np.random.default_rng(0), keras.Input(shape, name="x")
    model = keras.Model(x, layer(x))
    for variable in layer.weights:
        if variable.dtype == "uint8":
            value = rng.integers(
                0, 255 if variable.path.endswith("/kernel") else 15, variable.shape
            )
        elif variable.path.endswith("g_idx"):
            value = rng.integers(0, layer.kernel_scale.shape[-1], variable.shape)
        else:
            value = rng.uniform(0.5, 1.5, variable.shape)
        variable.assign(value)
    setattr(layer, f"is_{mode}_calibrated", True)
    return model


def samples(model: Any, count: int) -> Array:
    """Inputs of a model."""
    rng, shape = np.random.default_rng(0), (count, *model.input_shape[1:])
    if model.input.dtype == "int32":
        return rng.integers(0, ROWS, shape).astype(np.int32)
    return rng.standard_normal(shape).astype(np.float32)


def stored_integers(layer: Any, attribute: str) -> Array:
    """The integers that a layer holds, one per element."""
    packed: Array = np.asarray(getattr(layer, attribute))
    if layer.quantization_mode != "int4":
        return packed
    if attribute == "_kernel":
        return unpacked_int4(packed, layer.kernel_scale.shape[-1], axis=1)
    return unpacked_int4(packed, layer.output_dim, axis=int(attribute == "_embeddings"))
