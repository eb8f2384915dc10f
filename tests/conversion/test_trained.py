"""A network that is really trained: what quantization costs in right answers."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import litert_ir as lir
from litert_ir.backends import load_keras
from tests.conversion.exports import Array, folder

POINT = 0.01
"""One percentage point."""


@attrs.frozen
class Digits:
    """The digits of scikit-learn, 8 x 8 pixels, scaled to 0..1, and a network trained on most.

    Attributes:
        model: The network.
        seen: Images that it was trained on, (n, 8, 8, 1).
        images: Images that it was not trained on.
        labels: Which digits these are.
    """

    model: Any
    seen: Array
    images: Array
    labels: Array

    @property
    def accuracy(self) -> float:
        """The share of unseen digits that the network names rightly."""
        return self._share(np.asarray(self.model(self.images, training=False)))

    def accuracy_of(self, path: Path) -> float:
        """The same of a file."""
        file = lir.LiteRTFile(path)
        (scores,) = file.run({"pixels": file.quantize("pixels", self.images)}).values()
        return self._share(scores)

    def _share(self, scores: Array) -> float:
        return float(np.mean(scores.argmax(axis=1) == self.labels))


@functools.cache
def digits() -> Digits:
    """The network, trained once."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    data = load_digits()
    images = (data.images[..., np.newaxis] / 16.0).astype(np.float32)
    seen, unseen, known, labels = train_test_split(
        images, data.target, test_size=0.3, random_state=0
    )
    layers = keras.layers
    x = pixels = keras.Input((8, 8, 1), name="pixels")
    x = layers.Conv2D(16, 3, use_bias=False, name="conv")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(x))
    x = layers.Flatten()(layers.Conv2D(32, 3, activation="relu", name="conv_2")(x))
    x = layers.Dense(32, activation="relu", name="hidden")(x)
    model = keras.Model(pixels, layers.Dense(10, activation="softmax", name="digit")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(seen, known, batch_size=32, epochs=8, verbose=0)
    return Digits(model, seen, unseen, labels)


STRATEGIES = (lir.ConcreteFunction(), lir.Quantized(lir.StableHLO()))


def exported(recipe: str, strategy: lir.ConversionStrategy = STRATEGIES[1]) -> Path:
    data = digits()
    path = folder() / f"digits-{recipe}-{strategy.name}.tflite"
    calibrated = lir.Quantization.named(recipe).needs_calibration
    lir.export(
        data.model,
        path,
        quantization=recipe,
        representative_dataset=list(data.seen[:200, np.newaxis]) if calibrated else None,
        strategies=(strategy,),
    )
    return path


def test_the_network_has_learnt_something() -> None:
    assert digits().accuracy > 0.95


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
@pytest.mark.parametrize("recipe", ["int8", "int16x8", "dynamic"])
def test_eight_bits_cost_at_most_a_point(recipe: str, strategy: lir.ConversionStrategy) -> None:
    path = exported(recipe, strategy)
    assert digits().accuracy_of(path) >= digits().accuracy - POINT


def test_the_drop_of_four_bits_is_reported(record_property: Any) -> None:
    drop = digits().accuracy - digits().accuracy_of(exported("weight-only-int4"))
    record_property("top1_drop_of_int4", round(drop, 4))
    assert drop < 5 * POINT
