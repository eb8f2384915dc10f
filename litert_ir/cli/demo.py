"""A whole export to see: MobileNetV2 to a LiteRT file, and both asked about the same image."""

from __future__ import annotations

import http.client
import os
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from litert_ir.backends import load_keras
from litert_ir.cli.progress import Report
from litert_ir.export import export
from litert_ir.runtime.runner import LiteRTFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litert_ir.export import ExportResult

_HOST = "https://storage.googleapis.com"
_SEED = 0
_TOP = 5
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
        """Whether the file is in the cache, or its host answers within three seconds."""
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


@attrs.frozen(kw_only=True)
class Prediction:
    """One class of the image's best, by the model and by the file.

    Attributes:
        index: The class's index.
        label: Its name; empty when the names are not at hand.
        by_model: Probability that the Keras model gives it.
        by_file: Probability that the LiteRT file gives it.
    """

    index: int
    label: str = ""
    by_model: float
    by_file: float


@attrs.frozen(kw_only=True)
class DemoResult:
    """What the demo found.

    Attributes:
        export: The result of the export.
        weights: Which weights the model has, in words.
        predictions: The model's best classes, best first.
        max_difference: Largest absolute difference between the two over all classes.
    """

    export: ExportResult
    weights: str
    predictions: tuple[Prediction, ...]
    max_difference: float


def run_demo(output: Path, announce: Report) -> DemoResult:
    """Export MobileNetV2 to ``output``, then ask the model and the file about one image.

    The weights are ImageNet's where they are in Keras' cache or can be fetched, else random.

    Args:
        output: The file to write.
        announce: Called with each phase as it starts.

    Raises:
        LiteRTIRError: When the export fails or the file cannot be written or run.
    """
    announce("looking for ImageNet weights")
    pretrained = WEIGHTS.is_available()
    announce("building MobileNetV2")
    model = _mobilenet(pretrained=pretrained)
    result = export(model, output, on_progress=announce)
    announce("asking the model and the file about one image")
    return _compare(model, result, pretrained=pretrained)


def _answers(url: str) -> bool:
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT):
            return True
    except (OSError, http.client.HTTPException):
        return False


def _mobilenet(*, pretrained: bool) -> Any:
    keras = load_keras()
    keras.utils.set_random_seed(_SEED)
    return keras.applications.MobileNetV2(weights="imagenet" if pretrained else None)


def _compare(model: Any, result: ExportResult, *, pretrained: bool) -> DemoResult:
    image = _image(model.input_shape[1:])
    by_model = np.asarray(model(image, training=False))[0]
    file = LiteRTFile(result.path)
    (by_file,) = file.run({file.inputs[0].name: image}).values()
    labels = _labels(by_model) if pretrained else {}
    best = np.argsort(by_model)[::-1][:_TOP]
    return DemoResult(
        export=result,
        weights="ImageNet" if pretrained else f"random, seed {_SEED} (ImageNet's not reachable)",
        predictions=tuple(
            Prediction(
                index=int(i),
                label=labels.get(int(i), ""),
                by_model=float(by_model[i]),
                by_file=float(by_file[0][i]),
            )
            for i in best
        ),
        max_difference=float(np.max(np.abs(by_model - by_file[0]))),
    )


def _image(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """One image of random pixels, scaled to [-1, 1] as MobileNetV2 expects them."""
    pixels = np.random.default_rng(_SEED).uniform(0.0, 255.0, size=(1, *shape))
    scaled = load_keras().applications.mobilenet_v2.preprocess_input(pixels)
    return np.asarray(scaled, dtype=np.float32)


def _labels(probabilities: NDArray[np.float32]) -> dict[int, str]:
    """Names of the best classes by index; none when the list of names cannot be fetched."""
    if not LABELS.is_available():
        return {}
    decode = load_keras().applications.imagenet_utils.decode_predictions
    (decoded,) = decode(probabilities[np.newaxis], top=_TOP)
    best = np.argsort(probabilities)[::-1][:_TOP]
    return {int(i): str(name) for i, (_, name, _) in zip(best, decoded, strict=True)}
