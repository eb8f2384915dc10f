"""Predict and measure what the layers of a quantized file would bring in float."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import LiteRTIRError
from litert_ir.explanation.explanation import Explanation
from litert_ir.explanation.layer_error import LayerError, share_text
from litert_ir.explanation.layouts import sums_of_squares
from litert_ir.explanation.measuring import LayerMeasurement
from litert_ir.explanation.part_exports import PartExports
from litert_ir.explanation.replay import model_outputs
from litert_ir.explanation.skips import Skip
from litert_ir.ir.quantization import PRECISION_NAMES, Precision
from litert_ir.runtime.runner import LiteRTFile

Array = NDArray[Any]

_PREDICTED = 12
"""The layers whose effect on the outputs is computed, those that add most; a model run each."""
_SHOWN = 5
_LEAST = 0.01
"""The share of the outputs' error below which a layer is not worth its bytes."""


@attrs.frozen(kw_only=True)
class SkipSearch:
    """The search for the layers of a quantized file that are worth their bytes in float.

    Attributes:
        measurement: The measured layers.
        exports: Makes files.
        confirm: How many of the layers to measure with a file made so.
        report: Told about each file.
    """

    measurement: LayerMeasurement
    exports: PartExports
    confirm: int
    report: Callable[[str], None]

    def found(self, explanation: Explanation) -> tuple[Skip, ...]:
        """Return the layers that cost most of the outputs' error, the worst first."""
        quantized = [
            each
            for each in explanation.worst(len(explanation.layers))
            if each.precision is not Precision.FLOAT and each.weight_bytes and each.float_bytes
        ][:_PREDICTED]
        if not quantized:
            return ()
        total = self._error_of(explanation.path)
        caused = self._caused(quantized)
        whole = max(total**2, sum(each**2 for each in caused.values()))
        worst = sorted(quantized, key=lambda each: -caused[each])
        skips = [self._predicted(each, caused[each] ** 2 / (whole or 1.0), total) for each in worst]
        telling = [each for each in skips if each.removes >= _LEAST][:_SHOWN]
        return self._commanded(self._confirmed(telling, total))

    def _caused(self, layers: Sequence[LayerError]) -> dict[LayerError, float]:
        """Return for each layer the relative error of the model's outputs with its error added."""
        plan, call = self.measurement.found.plan, self.measurement.call
        results = {each: self.measurement.result_of(each) for each in layers}
        pairs: dict[LayerError, list[tuple[Array, Array]]] = {each: [] for each in layers}
        for number, sample in enumerate(self.measurement.samples):
            errors = self.measurement.added_errors(number)
            reference = model_outputs(call, plan, sample, {})
            for layer, result in results.items():
                if result is not None and result in errors:
                    changed = model_outputs(call, plan, sample, {result: errors[result]})
                    pairs[layer] += zip(reference, changed, strict=True)
        return {layer: _relative(each) for layer, each in pairs.items()}

    def _predicted(self, layer: LayerError, share: float, total: float) -> Skip:
        """Predict for a layer with a share of the squared error."""
        return Skip(
            layer=layer.layer,
            removes=1 - math.sqrt(1 - share),
            left=total * math.sqrt(1 - share),
            bytes=max(0, layer.float_bytes - layer.weight_bytes),
            command="",
        )

    def _confirmed(self, skips: Sequence[Skip], total: float) -> list[Skip]:
        """Measure the first ones with files made so, beside one that has the recipe alone."""
        note = f"The outputs of this file are off by {share_text(total)}"
        try:
            base = self._made([], "base") if skips and self.confirm else None
        except LiteRTIRError as error:
            note += f"; no file can be made here to measure: {error.summary}"
            base = None
        if base is None:
            return [attrs.evolve(each, note=f"{note}.") for each in skips]
        whole, size = base
        name = _name_of(self.exports.precision)
        note += f"; those of one exported anew as {name} by {share_text(whole)}"
        measured = list(self._measured(skips[: self.confirm], whole, size))
        return [attrs.evolve(each, note=f"{note}.") for each in (*measured, *skips[self.confirm :])]

    def _measured(self, skips: Sequence[Skip], whole: float, size: int) -> Iterator[Skip]:
        for number, skip in enumerate(skips):
            try:
                left, grown = self._made([skip.layer], f"skip_{number}")
            except LiteRTIRError:  # a layer without operators of its own cannot be left alone
                yield skip
                continue
            removed = 1 - left / whole if whole else 0.0
            yield attrs.evolve(skip, measured=removed, left=left, bytes=grown - size)

    def _made(self, in_float: Sequence[str], name: str) -> tuple[float, int]:
        """Make a file; return the error of its outputs and its size."""
        self.report(f"measuring a file with {', '.join(in_float) or 'no layer'} in float")
        found, samples = self.measurement.found, self.measurement.samples
        path = self.exports.folder / f"{name}.tflite"
        model = self.measurement.call.model
        self.exports.export_whole(found.plan, model, samples, in_float, path)
        return self._error_of(path), path.stat().st_size

    def _error_of(self, path: Path) -> float:
        """Return the relative error of a file's float outputs."""
        file = LiteRTFile(path)
        inputs = [info.name for info in file.inputs]
        outputs = [info.name for info in file.outputs]
        pairs: list[tuple[Array, Array]] = []
        for sample in self.measurement.samples:
            named = self.measurement.named(sample, inputs)
            results = file.run({name: file.quantize(name, named[name]) for name in inputs})
            real = {name: file.dequantize(name, results[name]) for name in outputs}
            plan, call = self.measurement.found.plan, self.measurement.call
            reference = model_outputs(call, plan, sample, {})
            pairs += zip(reference, self.measurement.ordered(real), strict=True)
        return _relative(pairs)

    def _commanded(self, skips: Sequence[Skip]) -> tuple[Skip, ...]:
        """Add the command with all rules up to each one."""
        recipe = self.exports.precision
        calibrate = " --calibrate DATA" if recipe.is_integer else ""
        start = f"litert-ir export MODEL -o FILE --recipe {_name_of(recipe)}{calibrate}"
        rules = [f" --layer '/{each.layer}=skip'" for each in skips]
        return tuple(
            attrs.evolve(each, command=start + "".join(rules[: number + 1]))
            for number, each in enumerate(skips)
        )


def _relative(pairs: Any) -> float:
    """Return the root of all squared errors over that of the squared references; 0 for none."""
    sums = [
        sums_of_squares(reference, values.reshape(reference.shape))
        for reference, values in pairs
        if np.issubdtype(reference.dtype, np.inexact)
    ]
    errors, size = (sum(each) for each in zip(*sums, strict=True)) if sums else (0.0, 0.0)
    return math.sqrt(errors / size) if size else 0.0


def _name_of(precision: Precision) -> str:
    return next(name for name, each in PRECISION_NAMES.items() if each is precision)
