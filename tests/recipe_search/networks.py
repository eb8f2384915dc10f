"""Networks for searches: one trained on digits that 8 bits spoil, an encoder, and random ones."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from litert_ir.backends import load_keras

Array = NDArray[Any]

_TRAINING = 1200
_SAMPLES = 96
_OUTLIERS = 4
_FACTOR = 1000.0


@functools.cache
def digits() -> tuple[Array, Array]:
    """The images (1797, 8, 8, 1) in [0, 1] and their classes."""
    data = load_digits()
    return (data.images[..., None] / 16).astype(np.float32), data.target


def digit_samples() -> list[Array]:
    """Images that the network was not trained on, one per sample."""
    images, _ = digits()
    return [image[None] for image in images[_TRAINING : _TRAINING + _SAMPLES]]


@functools.cache
def digit_network() -> Any:
    """A trained classifier of digits with outliers: (batch, 8, 8, 1) -> (batch, 10).

    Four channels between `second` and `third` are a thousand times as large as the others, and
    their weights in `third` as much smaller, as folding a batch normalization gives: the results
    are the same, but 8 bits resolve neither those weights nor the other activations.
    """
    keras = load_keras()
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="first"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="second"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="third"),
            layers.Flatten(name="flat"),
            layers.Dense(128, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="scores"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    images, classes = digits()
    model.fit(images[:_TRAINING], classes[:_TRAINING], epochs=8, batch_size=64, verbose=0)
    kernel, bias = model.get_layer("second").get_weights()
    kernel[..., :_OUTLIERS] *= _FACTOR
    bias[:_OUTLIERS] *= _FACTOR
    model.get_layer("second").set_weights([kernel, bias])
    kernel, bias = model.get_layer("third").get_weights()
    kernel[:, :, :_OUTLIERS] /= _FACTOR
    model.get_layer("third").set_weights([kernel, bias])
    return model


def accuracy(model: Any) -> float:
    """The share of untrained images that a model classifies rightly."""
    images, classes = digits()
    found = model.predict(images[_TRAINING:], verbose=0).argmax(axis=1)
    return float((found == classes[_TRAINING:]).mean())


@functools.cache
def encoder() -> Any:
    """A transformer's encoder of four blocks: (1, 32) tokens -> (1, 8)."""
    keras = load_keras()
    keras.utils.set_random_seed(1)
    layers = keras.layers
    tokens = keras.Input((32,), batch_size=1, dtype="int32", name="tokens")
    x = layers.Embedding(500, 192, name="embedding")(tokens)
    for number in range(4):
        heard = layers.MultiHeadAttention(4, 48, name=f"attention_{number}")(x, x)
        x = layers.LayerNormalization(name=f"norm_{number}a")(x + heard)
        inner = layers.Dense(768, activation="gelu", name=f"inner_{number}")(x)
        x = layers.LayerNormalization(name=f"norm_{number}b")(
            x + layers.Dense(192, name=f"outer_{number}")(inner)
        )
    pooled = layers.GlobalAveragePooling1D(name="pooled")(x)
    return keras.Model(tokens, layers.Dense(8, name="head")(pooled), name="encoder")


def token_samples() -> list[Array]:
    """Rows of random tokens for the encoder."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 500, (1, 32)).astype(np.int32) for _ in range(24)]


def random_network(seed: int) -> Any:
    """A network of random depth, whose kernels have random outliers: (batch, 24) -> (batch, 6)."""
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = inputs = keras.Input((24,), name="features")
    for number in range(int(rng.integers(2, 5))):
        x = keras.layers.Dense(int(rng.choice([48, 64, 96])), "relu", name=f"layer_{number}")(x)
    model = keras.Model(inputs, keras.layers.Dense(6, name="result")(x), name=f"random_{seed}")
    for layer in model.layers[1:]:
        kernel, bias = layer.get_weights()
        rows = rng.random(len(kernel)) < 0.2
        kernel[rows] *= rng.choice([1.0, 8.0, 40.0])
        layer.set_weights([kernel, rng.normal(0, 0.3, bias.shape).astype(np.float32)])
    return model


def feature_samples() -> list[Array]:
    """Random features for the random networks."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal((1, 24)).astype(np.float32) for _ in range(32)]
