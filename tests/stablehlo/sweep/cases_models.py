"""Cases of whole models: shared and nested parts, several inputs and outputs, subclasses."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from tests.stablehlo.sweep.case import layer, model
from tests.stablehlo.sweep.drawing import floats, integers

_layer_class: Any = layers.Layer


class _Gated(_layer_class):  # type: ignore[misc]  # keras has no type stubs
    """A layer with weights of its own, of several shapes."""

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], 5), name="kernel")
        self.offset = self.add_weight(shape=(1, 5), name="offset")
        self.factor = self.add_weight(shape=(), name="factor")

    def call(self, x: Any) -> Any:
        hidden = ops.matmul(x, self.kernel) + self.offset
        return ops.sigmoid(hidden) * ops.tanh(hidden * self.factor)


def _shared(x: Any, y: Any, units: int = 4) -> Any:
    shared = layers.Dense(units)
    return [shared(x), shared(y), shared(x) + shared(y)]


def _nested(x: Any) -> Any:
    inner = keras.Sequential([layers.Dense(6, activation="relu"), layers.Dense(4)])
    return inner(inner(x)) + x


def _residual(x: Any) -> Any:
    for _ in range(2):
        y = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
        y = layers.BatchNormalization()(y)
        x = layers.ReLU()(layers.Add()([x, y]))
    return layers.Dense(3)(layers.GlobalAveragePooling2D()(x))


def _squeeze_excite(x: Any) -> Any:
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(8, 1, activation="sigmoid")(layers.Conv2D(2, 1, activation="silu")(pooled))
    return layers.Multiply()([x, gate])


def _transformer(ids: Any) -> Any:
    embedding = layers.ReversibleEmbedding(40, 8)
    x = embedding(ids)
    y = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(2, 4)(y, y, use_causal_mask=True)
    y = layers.Dense(16, activation="gelu")(layers.LayerNormalization()(x))
    return embedding(x + layers.Dense(8)(y), reverse=True)


def _vision_transformer(x: Any) -> Any:
    patches = layers.Reshape((-1, 8))(layers.Conv2D(8, 4, strides=4)(x))
    y = patches + layers.MultiHeadAttention(2, 4)(patches, patches)
    return layers.Dense(5)(layers.GlobalAveragePooling1D()(y))


def _u_net(x: Any) -> Any:
    down = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    low = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down))
    up = layers.Conv2DTranspose(4, 3, strides=2, padding="same")(low)
    return layers.Conv2D(2, 1)(layers.Concatenate()([up, down]))


def _several(x: Any, y: Any, ids: Any) -> Any:
    joined = layers.Concatenate()([x, layers.Dense(3)(y)])
    found = layers.Flatten()(layers.Embedding(10, 4)(ids))
    return {"sum": layers.Dense(4)(joined) + found[:, :4], "raw": x * 2.0, "ids": ids + 1}


def _mixer(x: Any) -> Any:
    """Dense layers along each axis in turn."""
    turned = layers.Permute((2, 1))(x)
    return x + layers.Permute((2, 1))(layers.Dense(6, activation="gelu")(turned))


def _convolution_and_recurrence(x: Any) -> Any:
    features = layers.Conv1D(6, 3, padding="causal", activation="relu")(x)
    return layers.Dense(2)(layers.Bidirectional(layers.GRU(4))(features))


def _autoencoder(x: Any) -> Any:
    code = layers.Dense(2)(layers.Flatten()(layers.Conv2D(4, 3, strides=2, padding="same")(x)))
    return layers.Conv2DTranspose(1, 3, strides=2, padding="same")(
        layers.Reshape((4, 4, 2))(layers.Dense(32, activation="relu")(code))
    )


CASES = (
    layer("model_custom_layer", _Gated, floats(4)),
    model("model_custom_layers_twice", lambda x: _Gated()(_Gated()(x)), floats(3, 4)),
    model("model_shared_layer", _shared, floats(6), floats(6)),
    model("model_shared_layer_big", lambda x, y: _shared(x, y, 160), floats(160), floats(160)),
    model("model_nested", _nested, floats(4)),
    model("model_residual", _residual, floats(6, 6, 4)),
    model("model_squeeze_excite", _squeeze_excite, floats(6, 6, 8)),
    model("model_transformer", _transformer, integers(40, 7)),
    model("model_transformer_of_any_length", _transformer, integers(40, None)),
    model("model_vision_transformer", _vision_transformer, floats(8, 8, 3)),
    model("model_u_net", _u_net, floats(8, 8, 3)),
    model("model_several_inputs", _several, floats(5), floats(6), integers(10, 1)),
    model("model_mixer", _mixer, floats(6, 4)),
    model("model_conv_and_gru", _convolution_and_recurrence, floats(8, 3)),
    model("model_autoencoder", _autoencoder, floats(8, 8, 1)),
    model("model_input_is_output", lambda x: [x, layers.Dense(3)(x)], floats(4)),
    model("model_output_twice", lambda x: [x * 2.0] * 2, floats(4)),
)
