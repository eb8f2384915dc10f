"""Models of texts of any length."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from litert_ir.backends import load_keras
from tests.dynamic.dynamic_case import DynamicCase, Shapes
from tests.dynamic.own_layers import Computed, PositionTable, WithTable, new

keras = load_keras()
layers, ops = keras.layers, keras.ops
Block = Callable[[Any], Any]

WIDE = keras.initializers.RandomNormal(stddev=1.0, seed=3)
USUAL: tuple[Shapes, ...] = (((1, 37),), ((3, 22),))


def text_model(*blocks: Block, masked: bool = False) -> Callable[[], Any]:
    """A chain of blocks on embedded tokens."""

    def build() -> Any:
        tokens = keras.Input((None,), dtype="int32", name="tokens")
        x = layers.Embedding(30, 8, mask_zero=masked, embeddings_initializer=WIDE)(tokens)
        for block in blocks:
            x = block(x)
        return keras.Model(tokens, x)

    return build


def row(
    name: str,
    *blocks: Block,
    masked: bool = False,
    runs_at: tuple[Shapes, ...] = USUAL,
    **more: Any,
) -> DynamicCase:
    defaults = {"largest": 150, "integers_below": 30}
    return DynamicCase(name, text_model(*blocks, masked=masked), runs_at, **{**defaults, **more})


def hub(name: str, *arguments: Any, **options: Any) -> Block:
    """A layer of KerasHub."""

    def apply(x: Any) -> Any:
        import keras_hub

        return getattr(keras_hub.layers, name)(*arguments, **options)(x)

    return apply


def plus(block: Block) -> Block:
    return lambda x: layers.Add()([x, block(x)])


def kernels(x: Any) -> Any:
    """Kim's text CNN."""
    found = [
        layers.GlobalMaxPooling1D()(layers.Conv1D(4, size, activation="relu")(x))
        for size in (3, 4, 5)
    ]
    return layers.Dense(2)(layers.Concatenate()(found))


def strided(x: Any) -> Any:
    for _ in range(2):
        x = layers.Conv1D(8, 7, strides=3, activation="relu")(x)
    return layers.Dense(1)(layers.GlobalMaxPooling1D()(x))


def encoder(x: Any) -> Any:
    y = layers.MultiHeadAttention(2, 4)(x, x)
    y = layers.LayerNormalization()(layers.Add()([x, y]))
    y = layers.Add()([y, layers.Dense(8)(layers.Dense(16, activation="gelu")(y))])
    return layers.Dense(3)(layers.GlobalAveragePooling1D()(layers.LayerNormalization()(y)))


def tags(x: Any) -> Any:
    return layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)


def each_token(x: Any) -> Any:
    return layers.TimeDistributed(layers.Dense(5))(x)


def causal(x: Any) -> Any:
    return layers.LayerNormalization()(
        x + layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    )


def sinusoids(x: Any) -> Any:
    """Positions as waves, computed for the length at hand."""
    steps = ops.arange(ops.shape(x)[1], dtype="float32")[:, None]
    rates = ops.exp(ops.arange(4, dtype="float32") * -1.5)[None]
    return x + ops.concatenate([ops.sin(steps * rates), ops.cos(steps * rates)], axis=-1)


def linear_biases(x: Any) -> Any:
    """Attention whose scores fall with the distance (ALiBi)."""
    steps = ops.arange(ops.shape(x)[1], dtype="float32")
    bias = -0.5 * ops.abs(steps[:, None] - steps[None, :])
    scores = ops.matmul(x, ops.transpose(x, (0, 2, 1))) + bias
    return ops.matmul(ops.softmax(scores), x)


def with_biases(x: Any, biases: Any) -> Any:
    """Attention of tokens to each other, to whose scores biases are added."""
    scores = ops.matmul(x, ops.transpose(x, (0, 2, 1))) + biases
    return ops.matmul(ops.softmax(scores), x)


def distances(x: Any) -> Any:
    """How far tokens are apart."""
    steps = ops.arange(ops.shape(x)[1], dtype="int32")
    return steps[None, :] - steps[:, None]


def buckets(x: Any, table: Any) -> Any:
    """Biases by distance, in buckets that get wider (T5)."""
    far = ops.abs(distances(x))
    wide = ops.log(ops.cast(ops.maximum(far, 1), "float32") / 8.0) / math.log(16.0) * 8.0
    wider = ops.minimum(8 + ops.cast(wide, "int32"), 15)
    side = ops.cast(distances(x) > 0, "int32") * 16
    bucket = side + ops.where(far < 8, far, wider)
    return with_biases(x, ops.take(table, bucket, axis=0))


def buckets_before(x: Any, table: Any) -> Any:
    """The same for tokens before; the distance is a number that is turned round."""
    far = -ops.minimum(distances(x), 0)
    wide = ops.log(ops.cast(ops.maximum(far, 1), "float32") / 16.0) / math.log(8.0) * 16.0
    wider = ops.minimum(16 + ops.cast(wide, "int32"), 31)
    return with_biases(x, ops.take(table, ops.where(far < 16, far, wider), axis=0))


def learned_waves(x: Any, table: Any) -> Any:
    """Waves of learned frequencies (Time2Vec)."""
    steps = ops.arange(ops.shape(x)[1], dtype="float32")[None, :, None]
    return x + ops.sin(steps * ops.reshape(table, (1, 1, 8)))


def running_mean(x: Any) -> Any:
    steps = ops.arange(ops.shape(x)[1], dtype="float32") + 1.0
    return ops.cumsum(x, axis=1) / steps[None, :, None]


def part_of_the_way(x: Any) -> Any:
    """Positions from 0 to 1."""
    count = ops.cast(ops.shape(x)[1], "float32")
    steps = ops.arange(ops.shape(x)[1], dtype="float32") / count
    return x + ops.sin(3.0 * steps)[None, :, None]


def from_the_middle(x: Any) -> Any:
    """Positions that are halves where the length is even, with a root of the length."""
    count = ops.cast(ops.shape(x)[1], "float32")
    steps = ops.arange(ops.shape(x)[1], dtype="float32") - (count - 1.0) / 2.0
    return x * ops.exp(-ops.square(steps * 0.05))[None, :, None] / ops.sqrt(count)


def counted_waves(x: Any) -> Any:
    """Waves of positions that are sums of ones."""
    return x + ops.sin(ops.cumsum(ops.ones_like(x), axis=1))


def chunks(x: Any) -> Any:
    """Numbers of chunks, of which short texts have one."""
    steps = ops.arange(ops.shape(x)[1], dtype="int32")
    return x + ops.cast(steps // 128 + steps % 3, "float32")[None, :, None]


def from_the_end(x: Any) -> Any:
    """Positions that count from the last token, which has the first row."""
    steps = ops.shape(x)[1] - 1 - ops.arange(ops.shape(x)[1])
    return x + ops.cast(steps, "float32")[None, :, None] * 0.01


def token_classifier() -> Any:
    """Tokens and which of them count, and a mean over those."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(30, 8)(tokens)
    mask = Computed(lambda ids: ops.cast(ids > 4, "float32")[:, :, None])(tokens)
    x = Computed(lambda x, mask: ops.sum(x * mask, axis=1) / (ops.sum(mask, axis=1) + 1e-6))(
        x, mask
    )
    return keras.Model(tokens, layers.Dense(2)(x))


def next_tokens() -> Any:
    """A small language model with a table of positions."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = PositionTable(48, "slice")(layers.Embedding(30, 8)(tokens))
    for _ in range(2):
        x = causal(x)
    return keras.Model(tokens, layers.Dense(30)(x))


def bags() -> Any:
    """How often each word is there."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    counts = Computed(lambda ids: ops.sum(ops.one_hot(ids, 30), axis=1))(tokens)
    return keras.Model(tokens, layers.Dense(3)(counts))


def characters() -> Any:
    """Words of letters: two dynamic axes, one within the other."""
    letters = keras.Input((None, None), dtype="int32", name="letters")
    x = layers.Embedding(30, 6)(letters)
    x = Computed(lambda x: ops.max(x, axis=2))(x)
    return keras.Model(letters, layers.LSTM(4, return_sequences=True)(x))


SHORT: tuple[Shapes, ...] = (((1, 37),), ((3, 40),))

TEXTS = (
    row("text-mean", new(layers.GlobalAveragePooling1D), new(layers.Dense, 2)),
    row("text-mean-masked", new(layers.GlobalAveragePooling1D), new(layers.Dense, 2), masked=True),
    row("text-kernels", kernels),
    row("text-strided", strided, runs_at=(((1, 37),), ((2, 50),))),
    row("text-lstm-masked", new(layers.LSTM, 4), masked=True),
    row("text-tags", tags, new(layers.Dense, 5), masked=True),
    row(
        "text-tags-time-distributed",
        tags,
        each_token,
        masked=True,
    ),
    row("text-tags-chosen", new(layers.Dense, 5), new(Computed, lambda x: ops.argmax(x, axis=-1))),
    row(
        "text-positions-sliced",
        new(PositionTable, 40, "slice"),
        new(layers.Dense, 2),
        runs_at=SHORT,
    ),
    row(
        "text-positions-ops-slice",
        new(PositionTable, 40, "ops.slice"),
        new(layers.Dense, 2),
        runs_at=SHORT,
    ),
    row(
        "text-positions-taken", new(PositionTable, 40, "take"), new(layers.Dense, 2), runs_at=SHORT
    ),
    row(
        "text-positions-hub",
        plus(hub("PositionEmbedding", 40)),
        new(layers.Dense, 2),
        runs_at=SHORT,
    ),
    row(
        "text-positions-many",
        new(PositionTable, 700, "slice"),
        new(layers.Dense, 2),
        largest=700,
        runs_at=(((1, 37),), ((2, 699),)),
    ),
    row("text-positions-waves", plus(hub("SinePositionEncoding")), new(layers.Dense, 2)),
    row("text-positions-own-waves", new(Computed, sinusoids), new(layers.Dense, 2)),
    row("text-positions-rotary", hub("RotaryEmbedding"), new(layers.Dense, 2)),
    row("text-positions-from-the-end", new(Computed, from_the_end), new(layers.Dense, 2)),
    row("text-positions-running-mean", new(Computed, running_mean)),
    row("text-positions-part-of-the-way", new(Computed, part_of_the_way), largest=700),
    row("text-positions-from-the-middle", new(Computed, from_the_middle)),
    row("text-positions-chunks", new(Computed, chunks), largest=700),
    row("text-biases-in-buckets", new(WithTable, buckets, 32), largest=700),
    row("text-biases-in-buckets-before", new(WithTable, buckets_before, 32), largest=700),
    row("text-positions-learned-waves", new(WithTable, learned_waves, 8)),
    row("text-positions-counted-waves", new(Computed, counted_waves)),
    row("text-positions-and-encoder", new(PositionTable, 40, "slice"), encoder, runs_at=SHORT),
    row("text-encoder", encoder),
    row("text-encoder-masked", encoder, masked=True),
    row("text-encoder-hub", hub("TransformerEncoder", 16, 2)),
    row("text-decoder-hub", hub("TransformerDecoder", 16, 2)),
    row("text-causal", causal, layers.Dense(4)),
    row("text-linear-biases", new(Computed, linear_biases)),
    row("text-first-token", new(Computed, lambda x: x[:, 0]), new(layers.Dense, 3)),
    row("text-last-token", new(Computed, lambda x: x[:, -1]), new(layers.Dense, 3)),
    DynamicCase("text-counted-tokens", token_classifier, USUAL, integers_below=30),
    DynamicCase("text-next-tokens", next_tokens, SHORT, integers_below=30),
    DynamicCase("text-bags", bags, USUAL, integers_below=30),
    DynamicCase(
        "text-characters", characters, (((1, 7, 11),), ((2, 13, 5),)), integers_below=30, largest=30
    ),
)
