"""Models of two and three inputs whose sizes are independent, or tied."""

from __future__ import annotations

from typing import Any

import litert_ir as lir
from litert_ir.backends import load_keras
from tests.dynamic.dynamic_case import DynamicCase, Shapes
from tests.dynamic.own_layers import Computed, ResizedTo

keras = load_keras()
layers, ops = keras.layers, keras.ops

TWO_LENGTHS: tuple[Shapes, ...] = (
    ((2, 5, 4), (2, 8, 6)),
    ((1, 9, 4), (1, 3, 6)),
    ((3, 37, 4), (3, 22, 6)),
)
TWO_IMAGES: tuple[Shapes, ...] = (
    ((1, 37, 53, 3), (1, 22, 31, 3)),
    ((2, 20, 44, 3), (2, 61, 35, 3)),
)


def two_series() -> tuple[Any, Any]:
    return keras.Input((None, 4), name="source"), keras.Input((None, 6), name="target")


def two_images() -> tuple[Any, Any]:
    return keras.Input((None, None, 3), name="left"), keras.Input((None, None, 3), name="right")


def lstm_translation() -> Any:
    source, target = two_series()
    _, h, c = layers.LSTM(5, return_state=True)(source)
    x = layers.LSTM(5, return_sequences=True)(target, initial_state=[h, c])
    return keras.Model([source, target], layers.Dense(3)(x))


def gru_translation() -> Any:
    source, target = two_series()
    _, state = layers.GRU(5, return_state=True)(source)
    x = layers.GRU(5, return_sequences=True)(target, initial_state=state)
    return keras.Model([source, target], layers.Dense(3)(x))


def attentive_translation() -> Any:
    """Both sides recurrent, and each step of the target looks at all of the source."""
    source, target = two_series()
    memory = layers.Bidirectional(layers.GRU(3, return_sequences=True))(source)
    query = layers.GRU(6, return_sequences=True)(target)
    context = layers.Attention()([query, memory])
    return keras.Model([source, target], layers.Dense(3)(layers.Concatenate()([query, context])))


def additive_attention() -> Any:
    source, target = two_series()
    context = layers.AdditiveAttention()([layers.Dense(5)(target), layers.Dense(5)(source)])
    return keras.Model([source, target], context)


def cross_attention() -> Any:
    source, target = two_series()
    x = layers.MultiHeadAttention(2, 4)(target, source)
    return keras.Model([source, target], layers.LayerNormalization()(layers.Add()([x, target])))


def transformer() -> Any:
    """An encoder and a causal decoder of tokens."""
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    memory = layers.Embedding(20, 8)(source)
    memory = layers.LayerNormalization()(memory + layers.MultiHeadAttention(2, 4)(memory, memory))
    x = layers.Embedding(20, 8)(target)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, memory))
    return keras.Model([source, target], layers.Dense(20)(x))


def repeated_context() -> Any:
    """A summary of the source beside every step of the target."""

    def beside(summary: Any, x: Any) -> Any:
        batch, length, _ = ops.shape(x)
        context = ops.broadcast_to(summary[:, None], (batch, length, summary.shape[-1]))
        return ops.concatenate([x, context], axis=-1)

    source, target = two_series()
    summary = layers.GlobalAveragePooling1D()(layers.Dense(3)(source))
    return keras.Model([source, target], layers.Dense(3)(Computed(beside)(summary, target)))


def vector_repeated() -> Any:
    """A vector without a length, repeated for every step of a series."""
    vector, series = keras.Input((3,), name="vector"), keras.Input((None, 4), name="series")
    repeated = Computed(lambda v, x: ops.repeat(v[:, None], ops.shape(x)[1], axis=1))(
        vector, series
    )
    return keras.Model([vector, series], layers.Dense(3)(layers.Concatenate()([series, repeated])))


def joined_in_time() -> Any:
    source, target = two_series()
    x = layers.Concatenate(axis=1)([layers.Dense(5)(source), layers.Dense(5)(target)])
    return keras.Model([source, target], layers.Conv1D(3, 3, strides=2, padding="same")(x))


def joined_and_cut() -> Any:
    """Both in one sequence with attention, and of the result only the target's part."""
    source, target = two_series()
    x = layers.Concatenate(axis=1)([layers.Dense(6)(source), target])
    x = x + layers.MultiHeadAttention(2, 3)(x, x)
    return keras.Model([source, target], Computed(lambda x, s: x[:, ops.shape(s)[1] :])(x, source))


def similarities() -> Any:
    source, target = two_series()
    return keras.Model([source, target], layers.Dot(axes=2)([layers.Dense(6)(source), target]))


def strided_pair() -> Any:
    """Two lengths that shrink in different ways."""
    source, target = two_series()
    a = layers.Conv1D(4, 5, strides=4, padding="same")(source)
    b = layers.Conv1D(4, 3, strides=2)(target)
    return keras.Model([source, target], [a, b, layers.Attention()([b, a])])


def equal_lengths() -> Any:
    """A sum of two series: they have to be equally long."""
    source, target = two_series()
    return keras.Model([source, target], layers.Add()([layers.Dense(6)(source), target]))


def series_and_weights() -> Any:
    """A series, and a weight for each of its steps: the lengths are one."""
    series, weights = keras.Input((None, 4), name="series"), keras.Input((None,), name="weights")
    x = Computed(lambda x, w: ops.sum(x * ops.softmax(w)[:, :, None], axis=1))(series, weights)
    return keras.Model([series, weights], layers.Dense(3)(x))


def tokens_and_mask() -> Any:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    mask = keras.Input((None,), dtype="bool", name="mask")
    x = layers.Embedding(20, 8)(tokens)
    allowed = Computed(lambda m: m[:, None, :])(mask)
    x = layers.MultiHeadAttention(2, 4)(x, x, attention_mask=allowed)
    return keras.Model([tokens, mask], layers.Dense(3)(x))


def resized_to_other() -> Any:
    left, right = two_images()
    x = layers.Concatenate()([ResizedTo("bilinear")(left, right), right])
    return keras.Model([left, right], layers.Conv2D(3, 3, padding="same")(x))


def siamese() -> Any:
    left, right = two_images()
    tower = keras.Sequential(
        [
            layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(6, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
        ]
    )
    a, b = tower(left), tower(right)
    return keras.Model([left, right], layers.Dense(2)(layers.Multiply()([a, b])))


def template_search() -> Any:
    """How well each place of an image goes with a template's mean."""
    left, right = two_images()
    convolution = layers.Conv2D(6, 3, padding="same", activation="relu")
    template = layers.GlobalAveragePooling2D(keepdims=True)(convolution(right))
    x = layers.Multiply()([convolution(left), template])
    return keras.Model([left, right], layers.Conv2D(1, 1)(x))


def image_and_text() -> Any:
    image = keras.Input((None, None, 3), name="image")
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    patches = layers.Reshape((-1, 8))(layers.Conv2D(8, 4, strides=4)(image))
    x = layers.Embedding(20, 8)(tokens)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, patches))
    return keras.Model([image, tokens], layers.Dense(3)(x))


def three_lengths() -> Any:
    """Queries, keys and values of one memory, and a context of a third length."""
    query = keras.Input((None, 4), name="query")
    memory = keras.Input((None, 4), name="memory")
    context = keras.Input((None, 4), name="context")
    x = layers.MultiHeadAttention(2, 4)(query, memory)
    x = layers.Concatenate(axis=1)([x, context])
    return keras.Model([query, memory, context], layers.Dense(3)(x))


def graph_layer() -> Any:
    """Nodes and an adjacency matrix: three axes of one size."""
    nodes = keras.Input((None, 5), name="nodes")
    edges = keras.Input((None, None), name="edges")
    degrees = Computed(lambda e: ops.abs(e) / (1.0 + ops.sum(ops.abs(e), axis=-1, keepdims=True)))
    x = Computed(ops.matmul)(degrees(edges), layers.Dense(6, activation="relu")(nodes))
    x = layers.Add()([x, layers.Dense(6)(nodes)])
    return keras.Model([nodes, edges], layers.Dense(3)(x))


def node_batch() -> Any:
    """Nodes as the batch of one input; of which of them there are messages, that of another."""
    nodes = keras.Input((5,), name="nodes")
    senders = keras.Input((), dtype="int32", name="senders")
    messages = Computed(lambda x, s: ops.take(x, s, axis=0))(layers.Dense(4)(nodes), senders)
    return keras.Model([nodes, senders], layers.Dense(3)(messages))


def node_batches() -> Any:
    return [
        [
            lir.TensorSpec(
                name="nodes",
                shape=(lir.DynamicDim("nodes", minimum=8), 5),
                dtype=lir.DType.FLOAT32,
            ),
            lir.TensorSpec(
                name="senders", shape=(lir.DynamicDim("messages"),), dtype=lir.DType.INT32
            ),
        ]
    ]


def static_adjacency() -> Any:
    """A graph of seven nodes: any number of steps, any number of samples."""
    signal = keras.Input((None, 7, 3), name="signal")
    x = layers.Dense(4, activation="relu")(signal)
    x = layers.EinsumDense("btnc,nm->btmc", output_shape=(None, 7, 4))(x)
    return keras.Model(signal, layers.Conv2D(4, (3, 1), padding="same")(x))


def two_batches() -> Any:
    """Every query with every key: two batches that are no one's."""
    queries, keys = keras.Input((6,), name="queries"), keras.Input((4,), name="keys")
    scores = Computed(lambda q, k: ops.matmul(q, ops.transpose(k)))
    return keras.Model([queries, keys], scores(queries, layers.Dense(6)(keys)))


def query_batches() -> Any:
    return [
        [
            lir.TensorSpec(name=name, shape=(lir.DynamicDim(name), size), dtype=lir.DType.FLOAT32)
            for name, size in (("queries", 6), ("keys", 4))
        ]
    ]


SEVERAL_INPUTS = (
    DynamicCase("pair-lstm-translation", lstm_translation, TWO_LENGTHS),
    DynamicCase("pair-gru-translation", gru_translation, TWO_LENGTHS),
    DynamicCase("pair-attentive-translation", attentive_translation, TWO_LENGTHS),
    DynamicCase("pair-additive-attention", additive_attention, TWO_LENGTHS),
    DynamicCase("pair-cross-attention", cross_attention, TWO_LENGTHS),
    DynamicCase("pair-transformer", transformer, (((2, 5), (2, 8)), ((1, 37), (1, 22)))),
    DynamicCase("pair-repeated-context", repeated_context, TWO_LENGTHS),
    DynamicCase(
        "pair-vector-repeated", vector_repeated, (((2, 3), (2, 8, 4)), ((1, 3), (1, 37, 4)))
    ),
    DynamicCase("pair-joined-in-time", joined_in_time, TWO_LENGTHS),
    DynamicCase("pair-joined-and-cut", joined_and_cut, TWO_LENGTHS),
    DynamicCase("pair-similarities", similarities, TWO_LENGTHS),
    DynamicCase("pair-strided", strided_pair, TWO_LENGTHS),
    DynamicCase("pair-equal-lengths", equal_lengths, (((2, 5, 4), (2, 5, 6)),)),
    DynamicCase("pair-weights", series_and_weights, (((2, 5, 4), (2, 5)), ((1, 37, 4), (1, 37)))),
    DynamicCase("pair-tokens-and-mask", tokens_and_mask, (((2, 5), (2, 5)), ((1, 37), (1, 37)))),
    DynamicCase("pair-image-resized-to-other", resized_to_other, TWO_IMAGES),
    DynamicCase("pair-siamese", siamese, TWO_IMAGES),
    DynamicCase("pair-template-search", template_search, TWO_IMAGES),
    DynamicCase(
        "pair-image-and-text", image_and_text, (((1, 37, 53, 3), (1, 5)), ((2, 20, 44, 3), (2, 22)))
    ),
    DynamicCase(
        "three-lengths",
        three_lengths,
        (((2, 5, 4), (2, 8, 4), (2, 3, 4)), ((1, 7, 4), (1, 4, 4), (1, 22, 4))),
    ),
    DynamicCase("graph-layer", graph_layer, (((2, 5, 5), (2, 5, 5)), ((1, 22, 5), (1, 22, 22)))),
    DynamicCase("graph-static-adjacency", static_adjacency, (((1, 5, 7, 3),), ((2, 22, 7, 3),))),
    DynamicCase(
        "graph-node-batches",
        node_batch,
        (((9, 5), (4,)), ((8, 5), (23,))),
        integers_below=8,
        signature=node_batches,
    ),
    DynamicCase(
        "graph-query-batches",
        two_batches,
        (((9, 6), (4, 4)), ((3, 6), (11, 4))),
        signature=query_batches,
    ),
)
