"""A causal language model in the manner of Gemma, from plain Keras layers, of any size.

Token embedding tied to the output projection, RMS norms, rotary positions, grouped-query
attention with a causal mask, a gated GELU feed-forward part; the sequence is static. It is not
Gemma: norms after the sub-layers, sliding windows and soft caps are left out.

Importing this module imports Keras.
"""

from __future__ import annotations

import itertools
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray
from typing_extensions import override

from benchmarks.shapes import LanguageModelShape

_NOISE_BLOCK = 65_537
"""Elements that are drawn for each weight; a prime, so that rows do not repeat each other."""
_ROTARY_BASE = 10_000.0
_MASKED = -1e9


def language_model(shape: LanguageModelShape, seed: int) -> keras.Model:
    """Build a model with cheap random weights: tokens in, one logit per token of the vocabulary.

    Args:
        shape: The sizes.
        seed: Two models of the same seed have the same weights.

    Returns:
        A functional model of int32 tokens (batch=?, sequence) to float32 logits
        (batch=?, sequence, vocabulary).
    """
    noise = _Noises(seed)
    tokens = keras.Input(shape=(shape.sequence,), dtype="int32", name="tokens")
    embedding = layers.ReversibleEmbedding(
        shape.vocabulary,
        shape.width,
        tie_weights=True,
        embeddings_initializer=noise.next(fan_in=shape.width),
        name="token_embedding",
    )
    stream = embedding(tokens) * shape.width**0.5
    for index in range(shape.layers):
        stream = _block(stream, shape, noise, f"block_{index}")
    stream = layers.RMSNormalization(name="final_norm")(stream)
    return keras.Model(tokens, embedding(stream, reverse=True), name="causal_lm")


def _block(
    stream: keras.KerasTensor, shape: LanguageModelShape, noise: _Noises, name: str
) -> keras.KerasTensor:
    """Add one pre-norm block to a (batch, sequence, width) stream."""
    normed = layers.RMSNormalization(name=f"{name}_attention_norm")(stream)
    stream += RotaryAttention(shape, noise, name=f"{name}_attention")(normed)
    normed = layers.RMSNormalization(name=f"{name}_mlp_norm")(stream)
    gate = _dense(shape.mlp_width, noise, shape.width, f"{name}_gate")(normed)
    hidden = _dense(shape.mlp_width, noise, shape.width, f"{name}_up")(normed)
    hidden *= ops.gelu(gate, approximate=True)
    return stream + _dense(shape.width, noise, shape.mlp_width, f"{name}_down")(hidden)


def _dense(units: int, noise: _Noises, fan_in: int, name: str) -> layers.Dense:
    initializer = noise.next(fan_in=fan_in)
    return layers.Dense(units, use_bias=False, kernel_initializer=initializer, name=name)


class RotaryAttention(layers.Layer):  # type: ignore[misc]  # keras has no types
    """Causal self-attention with rotary positions; several query heads share a key head.

    Args:
        shape: The sizes.
        noise: Gives the initial weights.
        name: The layer's name.
    """

    def __init__(self, shape: LanguageModelShape, noise: _Noises, name: str) -> None:
        super().__init__(name=name)
        self.shape = shape
        queries, keys = shape.heads * shape.head_width, shape.key_heads * shape.head_width
        self.query = _dense(queries, noise, shape.width, "query")
        self.key = _dense(keys, noise, shape.width, "key")
        self.value = _dense(keys, noise, shape.width, "value")
        self.output_projection = _dense(shape.width, noise, queries, "output")
        self._rotation = rotation(shape.sequence, shape.head_width)
        self._mask = _MASKED * np.triu(np.ones((shape.sequence, shape.sequence), "float32"), k=1)

    @override
    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the projections."""
        for projection in (self.query, self.key, self.value):
            projection.build(input_shape)
        width = self.shape.heads * self.shape.head_width
        self.output_projection.build((*input_shape[:-1], width))

    @override
    def call(self, stream: Any) -> Any:
        """Attend from every token to itself and the ones before it."""
        sequence, width = self.shape.sequence, self.shape.head_width
        groups = self.shape.heads // self.shape.key_heads
        query = self._rotated(self._heads(self.query(stream), self.shape.heads))
        key = self._rotated(self._heads(self.key(stream), self.shape.key_heads))
        value = self._heads(self.value(stream), self.shape.key_heads)
        if groups > 1:
            key, value = ops.repeat(key, groups, axis=1), ops.repeat(value, groups, axis=1)
        scores = ops.matmul(query * width**-0.5, ops.swapaxes(key, 2, 3)) + self._mask
        mixed = ops.matmul(ops.softmax(scores, axis=-1), value)
        mixed = ops.reshape(
            ops.transpose(mixed, (0, 2, 1, 3)), (-1, sequence, self.shape.heads * width)
        )
        return self.output_projection(mixed)

    def _heads(self, flat: Any, count: int) -> Any:
        """(batch, sequence, count * width) to (batch, count, sequence, width)."""
        split = ops.reshape(flat, (-1, self.shape.sequence, count, self.shape.head_width))
        return ops.transpose(split, (0, 2, 1, 3))

    def _rotated(self, heads: Any) -> Any:
        cosine, sine = self._rotation
        left, right = ops.split(heads, 2, axis=-1)
        return heads * cosine + ops.concatenate((-right, left), axis=-1) * sine


def rotation(sequence: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The cosines and sines of rotary positions, each (sequence, width).

    Source: Su et al., RoFormer, https://arxiv.org/abs/2104.09864, section 3.4.2, with the
    halves of a head as the pairs' members.
    """
    frequencies = _ROTARY_BASE ** (-np.arange(0, width, 2) / width)
    angles = np.tile(np.outer(np.arange(sequence), frequencies), 2)
    return np.cos(angles).astype("float32"), np.sin(angles).astype("float32")


class _Noises:
    """Initializers of which each draws other numbers."""

    def __init__(self, seed: int) -> None:
        self._seeds = itertools.count(seed)

    def next(self, fan_in: int) -> RepeatedNoise:
        """Noise that keeps the scale of activations through a projection."""
        return RepeatedNoise(next(self._seeds), scale=fan_in**-0.5)


class RepeatedNoise(keras.initializers.Initializer):  # type: ignore[misc]  # keras has no types
    """A short block of normal noise, repeated: gigabytes of weights in a second.

    No two weights of a model may be alike, for converters store equal constants once.

    Args:
        seed: Of the block.
        scale: Standard deviation.
    """

    def __init__(self, seed: int, scale: float) -> None:
        self.seed = seed
        self.scale = scale

    @override
    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        generator = np.random.default_rng(self.seed)
        block = generator.standard_normal(_NOISE_BLOCK, dtype="float32") * self.scale
        return ops.convert_to_tensor(np.resize(block, shape), dtype=dtype)
