"""A transformer encoder in the manner of BERT. Importing this module imports Keras."""

from __future__ import annotations

import keras
from keras import layers, ops

from benchmarks.shapes import EncoderShape


def transformer_encoder(shape: EncoderShape) -> keras.Model:
    """Build an encoder: tokens in, one vector per token out.

    Args:
        shape: The sizes.

    Returns:
        A functional model of int32 tokens (batch=?, sequence) to (batch=?, sequence, width).
    """
    tokens = keras.Input(shape=(shape.sequence,), dtype="int32", name="tokens")
    # Adding to zeros shaped like the tokens keeps the positions inside the functional graph:
    # an Embedding called on a plain constant would run eagerly and leave the model.
    # In this order of operands: Keras turns an integer `x + constant` into TensorFlow's BiasAdd,
    # which LiteRT's builtin kernels have for floats only.
    positions = ops.arange(shape.sequence, dtype="int32") + ops.zeros_like(tokens)
    stream = layers.Embedding(shape.vocabulary, shape.width, name="token_embedding")(tokens)
    stream += layers.Embedding(shape.sequence, shape.width, name="position_embedding")(positions)
    for index in range(shape.layers):
        stream = _block(stream, shape, f"block_{index}")
    outputs = layers.LayerNormalization(name="final_norm")(stream)
    return keras.Model(tokens, outputs, name="transformer_encoder")


def _block(stream: keras.KerasTensor, shape: EncoderShape, name: str) -> keras.KerasTensor:
    """Add one pre-norm block to a (batch, sequence, width) stream."""
    normed = layers.LayerNormalization(name=f"{name}_attention_norm")(stream)
    stream += layers.MultiHeadAttention(
        shape.heads, shape.width // shape.heads, name=f"{name}_attention"
    )(normed, normed)
    hidden = layers.LayerNormalization(name=f"{name}_mlp_norm")(stream)
    hidden = layers.Dense(shape.mlp_width, activation="gelu", name=f"{name}_mlp_in")(hidden)
    return stream + layers.Dense(shape.width, name=f"{name}_mlp_out")(hidden)
