"""Models of series of any length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import litert_ir as lir
from litert_ir.backends import load_keras
from tests.dynamic.dynamic_case import DynamicCase, Shapes
from tests.dynamic.own_layers import Computed, RelativeBias, new

keras = load_keras()
layers, ops = keras.layers, keras.ops
Block = Callable[[Any], Any]

USUAL: tuple[Shapes, ...] = (((1, 37, 3),), ((3, 122, 3),))
LONG: tuple[Shapes, ...] = (((1, 1021, 3),), ((2, 515, 3),))


def series_model(*blocks: Block) -> Callable[[], Any]:
    """A chain of blocks on a series of three numbers a step."""

    def build() -> Any:
        x = series = keras.Input((None, 3), name="series")
        for block in blocks:
            x = block(x)
        return keras.Model(series, x)

    return build


def row(name: str, *blocks: Block, runs_at: tuple[Shapes, ...] = USUAL, **more: Any) -> DynamicCase:
    return DynamicCase(name, series_model(*blocks), runs_at, **{"largest": 300, **more})


def no_shorter_than_the_shift() -> Any:
    """Bounds of the user's: below two steps, a shift by two is another one."""
    shape = (lir.DynamicDim("batch"), lir.DynamicDim("length", minimum=2), 3)
    return [lir.TensorSpec(name="x", shape=shape, dtype=lir.DType.FLOAT32)]


def convolution(*arguments: Any, **options: Any) -> Block:
    return new(layers.Conv1D, *arguments, activation="relu", **options)


def gated_causal(rate: int) -> Block:
    """WaveNet's block."""

    def apply(x: Any) -> Any:
        signal = layers.Conv1D(4, 2, padding="causal", dilation_rate=rate, activation="tanh")(x)
        gate = layers.Conv1D(4, 2, padding="causal", dilation_rate=rate, activation="sigmoid")(x)
        return layers.Add()([layers.Conv1D(4, 1)(x), layers.Multiply()([signal, gate])])

    return apply


def scales(x: Any) -> Any:
    """Discriminators at three scales, as MelGAN has them."""
    found = []
    for _ in range(3):
        h = layers.Conv1D(4, 15, padding="same")(x)
        for stride in (4, 4, 4):
            h = layers.Conv1D(4, 9, strides=stride, groups=2, padding="same")(h)
        found.append(layers.Conv1D(1, 3, padding="same")(h))
        x = layers.AveragePooling1D(2)(x)
    return found


def pools(x: Any) -> Any:
    return [
        pool(size, strides=strides, padding=padding)(x)
        for pool in (layers.MaxPooling1D, layers.AveragePooling1D)
        for size, strides, padding in (
            (2, 2, "same"),
            (3, 2, "valid"),
            (4, 3, "same"),
            (3, 1, "same"),
        )
    ]


def length_of(x: Any) -> Any:
    return ops.shape(x)[1]


def padded_to_eight(x: Any) -> Any:
    return ops.pad(x, ((0, 0), (0, -length_of(x) % 8), (0, 0)))


def swapped_halves(x: Any) -> Any:
    half = length_of(x) // 2
    return ops.concatenate([x[:, half:], x[:, :half]], axis=1)


def added_halves(x: Any) -> Any:
    half = length_of(x) // 2
    return x[:, :half] + 2.0 * x[:, half : 2 * half]


def windows(x: Any) -> Any:
    """Blocks of four steps; the length has to be a multiple."""
    return ops.reshape(x, (-1, length_of(x) // 4, 4 * x.shape[-1]))


def whole_windows(x: Any) -> Any:
    """Blocks of four steps, without the steps beyond the last whole one."""
    blocks = length_of(x) // 4
    return ops.reshape(x[:, : blocks * 4], (-1, blocks, 4 * x.shape[-1]))


def smoothed(x: Any) -> Any:
    """A coarse series brought back to the length: no multiple of the pool's size needed."""
    coarse = layers.AveragePooling1D(3, padding="same")(x)
    return Computed(lambda fine, y: y[:, : length_of(fine)])(x, layers.UpSampling1D(3)(coarse))


def auto_encoder(x: Any) -> Any:
    y = layers.Conv1D(6, 5, strides=2, padding="same", activation="relu")(x)
    y = layers.Conv1D(6, 5, strides=2, padding="same", activation="relu")(y)
    y = layers.Conv1DTranspose(6, 4, strides=2, padding="same", activation="relu")(y)
    y = layers.Conv1DTranspose(3, 4, strides=2, padding="same")(y)
    return Computed(lambda x, y: x - y[:, : length_of(x)])(x, y)


def statistics(x: Any) -> Any:
    return ops.concatenate(
        [
            ops.mean(x, axis=1),
            ops.std(x, axis=1),
            ops.min(x, axis=1),
            ops.sum(x, axis=1) / ops.cast(length_of(x) + 1, "float32"),
        ],
        axis=-1,
    )


def masked_mean(x: Any) -> Any:
    """The mean of the steps whose first number is positive."""
    mask = ops.cast(x[:, :, :1] > 0, "float32")
    return ops.sum(x * mask, axis=1) / (ops.sum(mask, axis=1) + 1.0)


def one_hot_steps(x: Any) -> Any:
    """Which step it is, of the first twenty."""
    steps = ops.one_hot(ops.arange(length_of(x)), 20)
    return ops.matmul(ops.transpose(steps), x)


def progress(x: Any) -> Any:
    """How far along each step is, added as a number between 0 and 1."""
    steps = ops.arange(length_of(x), dtype="float32") / ops.cast(length_of(x), "float32")
    return x + steps[None, :, None]


def distances(x: Any) -> Any:
    return ops.sum(ops.square(x[:, :, None] - x[:, None]), axis=-1)


def attention(**options: Any) -> Block:
    return lambda x: layers.MultiHeadAttention(2, 4)(x, x, **options)


def masked_by_band(x: Any) -> Any:
    """Attention to the four steps before, as windows of language models are."""
    steps = ops.arange(length_of(x))
    behind = steps[:, None] - steps[None, :]
    scores = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
    allowed = ops.logical_and(behind >= 0, behind < 4)
    return ops.matmul(ops.softmax(ops.where(allowed[None], scores, -1e9)), x)


def repeated_vector(x: Any) -> Any:
    summary = layers.LSTM(5)(x)
    return layers.LSTM(4, return_sequences=True)(layers.RepeatVector(6)(summary))


def both_ways(x: Any) -> Any:
    return layers.Bidirectional(layers.GRU(4))(x)


def each_step(x: Any) -> Any:
    return layers.TimeDistributed(layers.Dense(4))(x)


def tridiagonal(x: Any) -> Any:
    """Differences of neighbours, twice."""
    first = x[:, 1:] - x[:, :-1]
    return first[:, 1:] - first[:, :-1]


def masked_recurrence(x: Any) -> Any:
    return layers.LSTM(4)(layers.Masking()(layers.ReLU()(x)))


def squeezed(x: Any) -> Any:
    """Squeeze and excite over time."""
    gate = layers.GlobalAveragePooling1D(keepdims=True)(x)
    return layers.Multiply()([x, layers.Dense(x.shape[-1], activation="sigmoid")(gate)])


FOURS: tuple[Shapes, ...] = (((1, 36, 3),), ((3, 124, 3),))

SERIES = (
    row(
        "series-strides-of-128",
        *[convolution(4, 9, strides=4, padding="same")] * 3,
        convolution(4, 5, strides=2, padding="same"),
        runs_at=LONG,
        largest=1500,
    ),
    row(
        "series-strides-of-256",
        *[convolution(4, 9, strides=4, padding="same")] * 4,
        runs_at=LONG,
        largest=1500,
    ),
    row("series-one-stride-of-32", convolution(4, 41, strides=32, padding="same"), largest=700),
    row("series-scales", scales, runs_at=LONG, largest=1200),
    row("series-strides-of-three", *[convolution(4, 5, strides=3, padding="same")] * 3),
    row("series-valid-strides", *[convolution(4, 7, strides=3)] * 2),
    row("series-valid", convolution(4, 9), convolution(4, 5, dilation_rate=2)),
    row(
        "series-causal-strides",
        convolution(4, 3, strides=2, padding="causal"),
        convolution(4, 5, strides=3, padding="causal"),
    ),
    row("series-wave-net", gated_causal(1), gated_causal(2), gated_causal(4)),
    row(
        "series-temporal-convolutions",
        convolution(4, 3, padding="same"),
        convolution(4, 3, padding="same", dilation_rate=2),
        squeezed,
    ),
    row(
        "series-depthwise",
        new(layers.DepthwiseConv1D, 5, padding="same"),
        new(layers.GlobalMaxPooling1D),
    ),
    row("series-separable", new(layers.SeparableConv1D, 5, 3, strides=2), new(layers.ReLU)),
    row("series-pools", pools),
    row("series-padded-to-eight", new(Computed, padded_to_eight), convolution(4, 8, strides=8)),
    row("series-halves-swapped", new(Computed, swapped_halves)),
    row("series-halves-added", new(Computed, added_halves), new(layers.Dense, 4)),
    row("series-windows", new(Computed, windows), new(layers.Dense, 4), runs_at=FOURS),
    row("series-whole-windows", new(Computed, whole_windows), new(layers.Dense, 4)),
    row("series-reshaped", new(layers.Reshape, (-1, 6)), new(layers.Dense, 4), runs_at=FOURS),
    row("series-differences", new(Computed, tridiagonal)),
    row("series-every-second", new(Computed, lambda x: x[:, ::2] * 2.0)),
    row("series-last-five", new(Computed, lambda x: x[:, -5:] * 2.0)),
    row("series-first-twenty", new(Computed, lambda x: x[:, :20] * 2.0)),
    row(
        "series-both-ends",
        new(Computed, lambda x: ops.concatenate([x[:, 0], x[:, -1]], axis=-1)),
        new(layers.Dense, 4),
    ),
    row(
        "series-rolled",
        new(Computed, lambda x: ops.roll(x, 2, axis=1)),
        signature=no_shorter_than_the_shift,
    ),
    row("series-reversed", new(Computed, lambda x: ops.flip(x, axis=1)), new(layers.GRU, 4)),
    row("series-cumulated", new(Computed, lambda x: ops.cumsum(x, axis=1) / 20.0)),
    row("series-softmax", new(layers.Dense, 2), new(layers.Softmax, axis=1)),
    row("series-argmax", new(Computed, lambda x: ops.argmax(x, axis=1))),
    row("series-top-three", new(Computed, lambda x: ops.top_k(x[:, :, 0], 3)[0])),
    row("series-statistics", new(Computed, statistics)),
    row("series-masked-mean", new(Computed, masked_mean)),
    row("series-one-hot", new(Computed, one_hot_steps)),
    row("series-progress", new(Computed, progress), new(layers.Dense, 3)),
    row("series-distances", new(Computed, distances), largest=120),
    row("series-smoothed", smoothed),
    row("series-auto-encoder", auto_encoder),
    row("series-transposed", new(layers.Conv1DTranspose, 4, 5, strides=3)),
    row("series-upsampled", convolution(4, 3, strides=2), new(layers.UpSampling1D, 2)),
    row("series-zero-padded", new(layers.ZeroPadding1D, (0, 1)), convolution(4, 3, strides=2)),
    row("series-cropped", new(layers.Cropping1D, (2, 3)), new(layers.Dense, 2)),
    row(
        "series-lstm", new(layers.LSTM, 5, return_sequences=True), new(layers.Dense, 2), largest=120
    ),
    row(
        "series-gru-twice",
        new(layers.GRU, 4, return_sequences=True),
        new(layers.GRU, 3),
        largest=120,
    ),
    row("series-simple-rnn", new(layers.SimpleRNN, 4, return_sequences=True), largest=120),
    row("series-bidirectional", both_ways, largest=120),
    row("series-repeated-vector", repeated_vector, largest=120),
    row("series-masked-lstm", masked_recurrence, largest=120),
    row("series-time-distributed", each_step),
    row("series-attention", attention(), new(layers.LayerNormalization), largest=150),
    row("series-causal-attention", attention(use_causal_mask=True), largest=150),
    row("series-band-attention", new(Computed, masked_by_band), largest=150),
    row("series-relative-bias", new(layers.Dense, 4), new(RelativeBias), largest=120),
    row(
        "series-norms",
        new(layers.LayerNormalization),
        new(layers.BatchNormalization),
        new(layers.Dense, 2),
    ),
    row("series-group-norm", new(layers.Dense, 4), new(layers.GroupNormalization, 2)),
)
