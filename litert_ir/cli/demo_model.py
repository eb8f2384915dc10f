"""Build the demo's model: MobileNetV2, with ImageNet's weights if they are available."""

from __future__ import annotations

import http.client
import math
import os
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from litert_ir.backends import load_keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 0

_HOST = "https://storage.googleapis.com"
_TIMEOUT = 3.0
"""Seconds to wait for the host of the weights."""


@attrs.frozen
class Download:
    """A file that Keras fetches once and keeps in its cache.

    Attributes:
        name: Its name in the cache's ``models`` folder.
        url: Where Keras fetches it from; source: keras/src/applications, Keras 3.15.
    """

    name: str
    url: str

    def is_available(self) -> bool:
        """Return whether the file is in the cache, or its host answers within three seconds."""
        cache = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
        return (cache / "models" / self.name).is_file() or _answers(self.url)


_WEIGHTS_NAME = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
WEIGHTS = Download(
    _WEIGHTS_NAME, f"{_HOST}/tensorflow/keras-applications/mobilenet_v2/{_WEIGHTS_NAME}"
)
LABELS = Download(
    "imagenet_class_index.json",
    f"{_HOST}/download.tensorflow.org/data/imagenet_class_index.json",
)


def mobilenet(*, pretrained: bool) -> Any:
    """Build MobileNetV2 for images of 224 x 224 pixels and the 1000 classes of ImageNet.

    Args:
        pretrained: Whether to take ImageNet's weights; else they are random, from a seed, and
            scaled so that classes differ: with Keras' own initial weights every class gets 1/1000,
            and comparing two models would prove nothing.
    """
    model = load_keras().applications.MobileNetV2(weights="imagenet" if pretrained else None)
    if not pretrained:
        rng = np.random.default_rng(SEED)
        for variable in model.weights:
            variable.assign(_draw(rng, variable.name, tuple(variable.shape)))
    return model


def _draw(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw kernels from He's distribution, and statistics that make batch normalization act."""
    if name == "kernel":
        depthwise = len(shape) == 4 and shape[-1] == 1
        fan_in = math.prod(shape[:2] if depthwise else shape[:-1])
        return rng.normal(0.0, math.sqrt(2.0 / fan_in), shape)
    if name in {"gamma", "moving_variance"}:
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0.0, 0.1, shape)


def _answers(url: str) -> bool:
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT):
            return True
    except (OSError, http.client.HTTPException):
        return False
