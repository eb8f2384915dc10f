"""Faulty int8 files of networks that are really trained are refused, and sound ones are not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import AllStrategiesFailedError, ParityError
from litert_ir.verification.output_parity import OutputParity
from tests.conversion.exports import Array
from tests.conversion.test_trained import digits

KERAS = load_keras()
LEVEL = 100.0
"""What the regression adds to its small result."""

Change = Callable[[Array], Array]
"""Of a kernel."""


@functools.cache
def classes() -> Any:
    """Which digit: softmax."""
    return digits().model


@functools.cache
def odd() -> Any:
    """Whether a digit is odd: logistic."""
    known = classes().predict(digits().seen, verbose=0).argmax(axis=1)
    return with_head("odd", known % 2, "binary_crossentropy", activation="sigmoid")


@functools.cache
def level() -> Any:
    """The digit in standard deviations, far from 0."""
    known = classes().predict(digits().seen, verbose=0).argmax(axis=1)
    constant = KERAS.initializers.Constant(LEVEL)
    return with_head("level", LEVEL + (known - 4.5) / 2.87, "mse", bias_initializer=constant)


def with_head(name: str, wanted: Array, loss: str, **options: Any) -> Any:
    """The layers of the classifier, as they are, below another head, which is trained."""
    hidden = classes().get_layer("hidden").output
    head = KERAS.layers.Dense(1, name=name, **options)
    model = KERAS.Model(classes().input, head(hidden))
    for layer in model.layers[:-1]:
        layer.trainable = False
    model.compile(KERAS.optimizers.Adam(0.005), loss)
    model.fit(digits().seen, wanted, epochs=12, verbose=0)
    return model


def to_bits(bits: int) -> Change:
    """Rounds a kernel to so few bits, with a scale per channel."""

    def change(kernel: Array) -> Array:
        scale = np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1))) / (2 ** (bits - 1) - 1)
        return np.asarray(np.round(kernel / scale) * scale)

    return change


def with_other_scales(kernel: Array) -> Array:
    """Gives the channels scales that are off by up to a factor of four."""
    factors = np.random.default_rng(0).uniform(0.25, 4, kernel.shape[-1])
    return np.asarray(kernel * factors)


@attrs.frozen
class Faulty(lir.Quantized):
    """Quantizes a model that has a fault in one layer."""

    layer: str
    change: Change

    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        changed = KERAS.models.clone_model(model)
        changed.set_weights(model.get_weights())
        kernel, *others = changed.get_layer(self.layer).get_weights()
        changed.get_layer(self.layer).set_weights([self.change(kernel), *others])
        return super().convert(plan, changed, calibration)


def faulty(layer: str, change: Change) -> Faulty:
    return Faulty(lir.StableHLO(), layer, change)


def export(
    model: Any, folder: Path, *strategies: lir.ConversionStrategy, dim: float = 1.0, **verify: Any
) -> OutputParity:
    """Export in int8, and give the comparison of the output; of an attempt that was refused too."""
    kept = lir.Verification(**verify)
    result = lir.export(
        model,
        folder / "m.tflite",
        quantization="int8",
        representative_dataset=list(digits().seen[:200, np.newaxis] * np.float32(dim)),
        strategies=strategies or (lir.StableHLO(),),
        verify=kept,
    )
    assert result.parity is not None
    (output,) = result.parity.outputs
    return output


def refusal(model: Any, folder: Path, *strategies: lir.ConversionStrategy, **options: Any) -> str:
    """What the comparison says of an export that must be refused."""
    with pytest.raises(AllStrategiesFailedError, match="quantization's error") as caught:
        export(model, folder, *strategies, **options)
    error = caught.value.attempts[0].error
    assert isinstance(error, ParityError)
    assert not (folder / "m.tflite").exists()
    return error.received


@pytest.mark.parametrize("build", [classes, odd, level])
def test_a_sound_file_is_accepted(build: Callable[[], Any], tmp_path: Path) -> None:
    output = export(build(), tmp_path)
    assert output.rows == 32
    assert output.rms_error is not None
    assert output.spread is not None
    assert output.rms_error < (0.3 if build is level else 0.05) * output.spread
    if build is level:
        assert output.agreement is None
        return
    assert output.agreement is not None
    assert output.agreement.can_be_refuted
    assert output.agreement.differing <= 1


@pytest.mark.parametrize("build", [classes, odd, level])
def test_ranges_of_other_data_are_refused(build: Callable[[], Any], tmp_path: Path) -> None:
    """Calibrated on pictures that are too dark, and compared on real ones."""
    text = refusal(build(), tmp_path, dim=0.3, samples=list(digits().images[:64, np.newaxis]))
    assert "of the spread between samples (accepted" in text


@pytest.mark.parametrize(
    ("build", "layer", "change"),
    [
        (classes, "digit", to_bits(2)),
        (classes, "conv_2", with_other_scales),
        (odd, "hidden", to_bits(2)),
        (level, "hidden", to_bits(2)),
    ],
)
def test_a_layer_of_two_bits_or_other_scales_is_refused(
    build: Callable[[], Any], layer: str, change: Change, tmp_path: Path
) -> None:
    assert "DIFFERS" in refusal(build(), tmp_path, faulty(layer, change))


def test_a_layer_of_four_bits_is_accepted_and_costs_more(tmp_path: Path) -> None:
    sound = export(classes(), tmp_path)
    coarse = export(classes(), tmp_path, faulty("hidden", to_bits(4)))
    assert (coarse.rms_error or 0.0) > 2 * (sound.rms_error or 0.0)
