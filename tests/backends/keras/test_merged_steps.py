"""All steps of TimeDistributed at once are what Keras computes one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_keras
from litert_ir.backends.keras.merged_steps import merging_steps

keras = load_keras()
layers = keras.layers


class Centered(keras.layers.Layer):  # type: ignore[misc,name-defined]
    """A layer that is not Keras': each sample depends on all."""

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def call(self, x: Any) -> Any:
        return x - keras.ops.mean(x, axis=0, keepdims=True)


def functional() -> Any:
    image = keras.Input((6, 5, 2))
    x = layers.Add()([layers.Conv2D(2, 3, padding="same")(image), image])
    return keras.Model(image, layers.Flatten()(x))


INNER: dict[str, Callable[[], Any]] = {
    "dense": lambda: layers.Dense(3, activation="softmax"),
    "convolution": lambda: layers.Conv2D(3, 3, strides=2),
    "pooling": layers.GlobalAveragePooling2D,
    "flatten": layers.Flatten,
    "sequential": lambda: keras.Sequential([layers.Conv2D(2, 2), layers.BatchNormalization()]),
    "functional": functional,
    "recurrent": lambda: keras.Sequential([layers.Reshape((6, 10)), layers.LSTM(3)]),
}


@pytest.mark.parametrize("name", INNER)
def test_steps_at_once_give_what_they_give_one_by_one(name: str) -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 6, 5, 2)).astype("float32")
    video = keras.Input((None, 6, 5, 2))
    model = keras.Model(video, layers.TimeDistributed(INNER[name]())(video))
    wanted = np.asarray(model(x))
    with merging_steps(model):
        assert "call" in vars(model.layers[-1])
        np.testing.assert_allclose(np.asarray(model(x)), wanted, rtol=1e-5, atol=1e-6)
    assert "call" not in vars(model.layers[-1])


def test_masks_reach_the_layer_inside() -> None:
    x = np.random.default_rng(0).integers(0, 2, (3, 4, 5))
    tokens = keras.Input((None, 5), dtype="int32")
    embedded = layers.Embedding(2, 3, mask_zero=True)(tokens)
    model = keras.Model(tokens, layers.TimeDistributed(layers.LSTM(3))(embedded))
    wanted = np.asarray(model(x))
    with merging_steps(model):
        np.testing.assert_allclose(np.asarray(model(x)), wanted, rtol=1e-5, atol=1e-6)


def test_layers_that_are_not_known_are_left_alone() -> None:
    video = keras.Input((None, 5))
    model = keras.Model(video, layers.TimeDistributed(Centered())(video))
    with merging_steps(model):
        assert "call" not in vars(model.layers[-1])
