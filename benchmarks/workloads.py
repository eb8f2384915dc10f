"""The models that are exported, apart from how the export is measured.

Keras is imported when a model is built, never when this module is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

import attrs

if TYPE_CHECKING:
    import keras

SEED = 20240607


class Workload(enum.Enum):
    """A model to export; the value is its name on the command line and in the JSON results."""

    MOBILENET_V2 = "mobilenet_v2"
    RESNET50 = "resnet50"
    TRANSFORMER_ENCODER = "transformer_encoder"
    TINY_DENSE = "tiny_dense"


LISTED_WORKLOADS = (Workload.MOBILENET_V2, Workload.RESNET50, Workload.TRANSFORMER_ENCODER)
"""The workloads that run by default; ``tiny_dense`` serves tests and the warm-up only."""


@attrs.frozen(kw_only=True)
class EncoderShape:
    """The sizes of the transformer encoder, all in elements.

    Args:
        layers: Number of encoder blocks.
        width: Size of the residual stream; a multiple of ``heads``.
        heads: Attention heads per block.
        mlp_width: Hidden size of the feed-forward part.
        sequence: Tokens per sequence.
        vocabulary: Rows of the token embedding.
    """

    layers: int = 12
    width: int = attrs.field(default=384)
    heads: int = 6
    mlp_width: int = 1536
    sequence: int = 128
    vocabulary: int = 8000

    @width.validator
    def _width_splits_over_heads(self, _: attrs.Attribute[int], width: int) -> None:
        if width % self.heads:
            msg = f"width: expected a multiple of {self.heads} heads, received {width}"
            raise ValueError(msg)


def build(workload: Workload) -> keras.Model:
    """Build a workload with random weights, the same at every call.

    Args:
        workload: Which model to build.

    Returns:
        A built Keras model, with float32 weights.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    return _builder_of(workload)()


def _builder_of(workload: Workload) -> Callable[[], keras.Model]:
    match workload:
        case Workload.MOBILENET_V2:
            return _mobilenet_v2
        case Workload.RESNET50:
            return _resnet50
        case Workload.TRANSFORMER_ENCODER:
            return _transformer_encoder
        case Workload.TINY_DENSE:
            return _tiny_dense
        case _:
            assert_never(workload)


def _mobilenet_v2() -> keras.Model:
    import keras

    return keras.applications.MobileNetV2(weights=None)


def _resnet50() -> keras.Model:
    import keras

    return keras.applications.ResNet50(weights=None)


def _tiny_dense() -> keras.Model:
    import keras

    inputs = keras.Input(shape=(4,), name="features")
    return keras.Model(inputs, keras.layers.Dense(3)(inputs), name="tiny_dense")


def _transformer_encoder() -> keras.Model:
    import keras

    shape = EncoderShape()
    tokens = keras.Input(shape=(shape.sequence,), dtype="int32", name="tokens")
    # Adding to zeros shaped like the tokens keeps the positions inside the functional graph:
    # an Embedding called on a plain constant would run eagerly and leave the model.
    # In this order of operands: Keras turns an integer `x + constant` into TensorFlow's BiasAdd,
    # which LiteRT's builtin kernels have for floats only.
    positions = keras.ops.arange(shape.sequence, dtype="int32") + keras.ops.zeros_like(tokens)
    stream = keras.layers.Embedding(shape.vocabulary, shape.width, name="token_embedding")(tokens)
    stream += keras.layers.Embedding(shape.sequence, shape.width, name="position_embedding")(
        positions
    )
    for index in range(shape.layers):
        stream = _encoder_block(stream, shape, f"block_{index}")
    outputs = keras.layers.LayerNormalization(name="final_norm")(stream)
    return keras.Model(tokens, outputs, name="transformer_encoder")


def _encoder_block(stream: keras.KerasTensor, shape: EncoderShape, name: str) -> keras.KerasTensor:
    """Add one pre-norm block to a (batch, sequence, width) stream."""
    from keras import layers

    normed = layers.LayerNormalization(name=f"{name}_attention_norm")(stream)
    stream += layers.MultiHeadAttention(
        shape.heads, shape.width // shape.heads, name=f"{name}_attention"
    )(normed, normed)
    hidden = layers.LayerNormalization(name=f"{name}_mlp_norm")(stream)
    hidden = layers.Dense(shape.mlp_width, activation="gelu", name=f"{name}_mlp_in")(hidden)
    return stream + layers.Dense(shape.width, name=f"{name}_mlp_out")(hidden)
