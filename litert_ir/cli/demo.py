"""Demonstrate a whole export: MobileNetV2 to a LiteRT file, and both run on the same image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
from typing_extensions import override

from litert_ir.backends import load_keras
from litert_ir.cli.demo_model import LABELS, SEED, WEIGHTS, mobilenet
from litert_ir.conversion.progress import Progress
from litert_ir.isolation.native_output import captured_native_output
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table
from litert_ir.runtime.runner import LiteRTFile
from litert_ir.verbs import export

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litert_ir.conversion.result import ExportResult

_TOP = 5
_PRETRAINED = "ImageNet weights"
_RANDOM = f"random weights (seed {SEED}, as ImageNet's cannot be reached)"


@attrs.frozen(kw_only=True)
class Prediction:
    """One of the best classes of the image, by the model and by the file.

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

    @property
    def name(self) -> str:
        """The index, and the label where there is one."""
        return f"{self.index} {self.label}".strip()


@attrs.frozen(kw_only=True, repr=False)
class DemoResult(Report):
    """The results of the demo.

    Attributes:
        export: The result of the export.
        weights: The description of the model's weights.
        predictions: The model's best classes, best first.
        max_difference: Largest absolute difference between the two over all classes.
    """

    export: ExportResult
    weights: str
    predictions: tuple[Prediction, ...]
    max_difference: float

    @property
    def headline(self) -> str:
        """The file, and whether it agrees with the model."""
        return self.export.headline

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the export, and the best classes of the image by the model and by the file."""
        best = Table(
            f"The best classes of one image, by MobileNetV2 with {self.weights}",
            ("class", Column("Keras", numeric=True), Column("file", numeric=True)),
            [
                (
                    f"{each.index} {each.label}".strip(),
                    f"{each.by_model:.6f}",
                    f"{each.by_file:.6f}",
                )
                for each in self.predictions
            ],
            note=f"largest difference over all classes: {self.max_difference:.3g}",
        )
        return (*self.export.tables(), best)


def run_demo(output: Path, announce: Progress, *, verbose: bool) -> DemoResult:
    """Export MobileNetV2 to ``output``, then run the model and the file on one image.

    The weights are ImageNet's if they are in Keras' cache or can be fetched, else random.

    Args:
        output: The file to write.
        announce: Called with each phase as it starts.
        verbose: Whether to let through the output of native code.

    Raises:
        LiteRTIRError: When the export fails or the file cannot be written or run.
    """
    announce("looking for ImageNet weights")
    pretrained = WEIGHTS.is_available()
    announce("building MobileNetV2")
    model = mobilenet(pretrained=pretrained)
    result = export(model, output, verbose=verbose, on_progress=announce)
    announce("asking the model and the file about one image")
    image = _image(model.input_shape[1:])
    by_model = np.asarray(model(image, training=False))[0]
    with captured_native_output(passed_through=verbose):
        by_file = _run(output, image)[0]
    return DemoResult(
        export=result,
        weights=_PRETRAINED if pretrained else _RANDOM,
        predictions=_best(by_model, by_file, _labels(by_model) if pretrained else {}),
        max_difference=float(np.max(np.abs(by_model - by_file))),
    )


def _run(path: Path, image: NDArray[np.float32]) -> NDArray[np.float32]:
    file = LiteRTFile(path)
    (probabilities,) = file.run({file.inputs[0].name: image}).values()
    return probabilities


def _best(
    by_model: NDArray[np.float32], by_file: NDArray[np.float32], labels: dict[int, str]
) -> tuple[Prediction, ...]:
    return tuple(
        Prediction(
            index=index,
            label=labels.get(index, ""),
            by_model=float(by_model[index]),
            by_file=float(by_file[index]),
        )
        for index in _best_classes(by_model)
    )


def _best_classes(probabilities: NDArray[np.float32]) -> list[int]:
    return [int(index) for index in np.argsort(probabilities)[::-1][:_TOP]]


def _image(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return one image of random pixels, scaled to [-1, 1] as MobileNetV2 expects them."""
    pixels = np.random.default_rng(SEED).uniform(0.0, 255.0, size=(1, *shape))
    scaled = load_keras().applications.mobilenet_v2.preprocess_input(pixels)
    return np.asarray(scaled, dtype=np.float32)


def _labels(probabilities: NDArray[np.float32]) -> dict[int, str]:
    """Return the names of the best classes by index; none when the list cannot be fetched."""
    if not LABELS.is_available():
        return {}
    decode = load_keras().applications.imagenet_utils.decode_predictions
    (decoded,) = decode(probabilities[np.newaxis], top=_TOP)
    best = _best_classes(probabilities)
    return {index: str(name) for index, (_, name, _) in zip(best, decoded, strict=True)}
