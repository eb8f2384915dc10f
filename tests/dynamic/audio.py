"""Models of sound of any length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litert_ir.backends import load_keras
from tests.dynamic.dynamic_case import DynamicCase, Shapes
from tests.dynamic.own_layers import Computed, new

keras = load_keras()
layers, ops = keras.layers, keras.ops
Block = Callable[[Any], Any]

USUAL: tuple[Shapes, ...] = (((1, 1021),), ((2, 1536),))


def sound_model(*blocks: Block) -> Callable[[], Any]:
    """A chain of blocks on samples."""

    def build() -> Any:
        x = sound = keras.Input((None,), name="sound")
        for block in blocks:
            x = block(x)
        return keras.Model(sound, x)

    return build


def row(name: str, *blocks: Block, runs_at: tuple[Shapes, ...] = USUAL, **more: Any) -> DynamicCase:
    return DynamicCase(name, sound_model(*blocks), runs_at, **{"largest": 1500, **more})


def frames(x: Any) -> Any:
    return ops.extract_sequences(x, 512, 256)


def energies(x: Any) -> Any:
    return ops.log(ops.mean(ops.square(frames(x)), axis=-1) + 1e-2)


def spectra(x: Any) -> Any:
    real, imaginary = ops.stft(x, 128, 64, 128, center=False)
    return ops.sqrt(ops.square(real) + ops.square(imaginary) + 1e-3)


def emphasized(x: Any) -> Any:
    return ops.concatenate([x[:, :1], x[:, 1:] - 0.97 * x[:, :-1]], axis=1)


def encoder(x: Any) -> Any:
    """Wav2vec's features."""
    x = layers.Reshape((-1, 1))(x)
    for kernel, stride in ((10, 5), (3, 2), (3, 2), (2, 2)):
        x = layers.Conv1D(4, kernel, strides=stride, activation="gelu")(x)
    return x


def filter_bank(x: Any) -> Any:
    """Learned filters of 400 samples, every 160."""
    x = layers.Conv1D(4, 400, strides=160)(layers.Reshape((-1, 1))(x))
    return layers.Dense(3)(layers.GlobalAveragePooling1D()(x))


def separated(x: Any) -> Any:
    """A mask on learned frames, and sound of the same length again (Conv-TasNet)."""
    coded = layers.Conv1D(8, 16, strides=8, padding="same", activation="relu")(
        layers.Reshape((-1, 1))(x)
    )
    mask = layers.Conv1D(8, 3, padding="same", activation="sigmoid")(coded)
    masked = layers.Multiply()([coded, mask])
    sound = layers.Conv1DTranspose(1, 16, strides=8, padding="same")(masked)
    return Computed(lambda x, y: y[:, : ops.shape(x)[1], 0])(x, sound)


def subsampled_spectrogram() -> Any:
    """Speech recognition's front: two convolutions with stride two, then a sequence."""
    spectrogram = keras.Input((None, 20), name="spectrogram")
    x = layers.Reshape((-1, 20, 1))(spectrogram)
    for _ in range(2):
        x = layers.Conv2D(4, 3, strides=2, activation="relu")(x)
    x = layers.Reshape((-1, 4 * 4))(x)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
    return keras.Model(spectrogram, layers.Dense(5, activation="softmax")(x))


def key_word() -> Any:
    spectrogram = keras.Input((None, 20, 1), name="spectrogram")
    x = layers.Conv2D(4, (5, 4), strides=2, padding="same", activation="relu")(spectrogram)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    return keras.Model(spectrogram, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))


def stacked_frames() -> Any:
    """Three spectra at a time, every second."""
    spectrogram = keras.Input((None, 6), name="spectrogram")
    x = Computed(lambda x: ops.concatenate([x[:, :-2], x[:, 1:-1], x[:, 2:]], axis=-1)[:, ::2])
    return keras.Model(spectrogram, layers.Dense(4)(x(spectrogram)))


AUDIO = (
    row("audio-frames", new(Computed, frames), new(layers.Dense, 4)),
    row("audio-energies", new(Computed, energies)),
    row("audio-spectra", new(Computed, spectra), new(layers.Dense, 4)),
    row("audio-emphasized", new(Computed, emphasized)),
    row("audio-encoder", encoder),
    row("audio-filter-bank", filter_bank),
    row("audio-separated", separated),
    row(
        "audio-mel-spectrogram",
        new(
            layers.MelSpectrogram,
            fft_length=128,
            sequence_stride=64,
            num_mel_bins=12,
            sampling_rate=8000,
            min_freq=60,
            max_freq=4000,
        ),
    ),
    row(
        "audio-stft-layer",
        new(layers.Reshape, (-1, 1)),
        new(layers.STFTSpectrogram, mode="real", frame_length=64, frame_step=32),
    ),
    DynamicCase(
        "audio-subsampled", subsampled_spectrogram, (((1, 37, 20),), ((2, 122, 20),)), largest=300
    ),
    DynamicCase("audio-key-word", key_word, (((1, 37, 20, 1),), ((2, 49, 20, 1),)), largest=300),
    DynamicCase("audio-stacked", stacked_frames, (((1, 37, 6),), ((2, 50, 6),)), largest=300),
)
