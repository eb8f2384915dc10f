"""What the tests of ahead-of-time compilation share: small models, and what is here."""

from __future__ import annotations

import functools
import os
import signal
from typing import Any

import pytest

from litert_ir.backends import load_keras
from litert_ir.backends.litert.aot_compiler import plugin_of
from litert_ir.ir.targets import Vendor

INTEL_CPU = "intel:LNL/cpu"

needs_plugins = pytest.mark.skipif(
    plugin_of(Vendor.INTEL) is None,
    reason="this platform's ai-edge-litert has no vendors' compilers",
)


@functools.cache
def convolutional() -> Any:
    """Convolutions, a mean, a product, a softmax: all of it is taken over by OpenVINO."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    images = keras.Input((16, 16, 3), name="images")
    x = keras.layers.Conv2D(8, 3, activation="relu")(images)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.DepthwiseConv2D(3)(x))
    return keras.Model(images, keras.layers.Dense(5, activation="softmax", name="scores")(x))


def rounding(*, dense: bool) -> Any:
    """A model with ``floor``, which OpenVINO leaves to LiteRT; between products or alone."""
    keras = load_keras()
    keras.utils.set_random_seed(1)

    class Floor(keras.layers.Layer):  # type: ignore[misc,name-defined]
        def call(self, x: Any) -> Any:
            return keras.ops.floor(x)

    features = keras.Input((8,), name="features")
    x = keras.layers.Dense(8)(features) if dense else features
    x = Floor()(x)
    return keras.Model(features, keras.layers.Dense(3, name="scores")(x) if dense else x)


def crashing(*_arguments: object) -> None:
    """Stands for a compiler that kills its process."""
    os.kill(os.getpid(), signal.SIGSEGV)
