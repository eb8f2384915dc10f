"""The quantizer `litert-quantizer`: a strategy's float file is quantized afterwards."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.layers import layer_paths
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.conversion.target import pending_file
from litert_ir.ir.converter_terms import float_options
from litert_ir.ir.plan import ExportPlan
from litert_ir.quantization.file import quantize_file, warm_up
from litert_ir.runtime.counting import prefixed
from litert_ir.runtime.samples import NamedSamples


@attrs.frozen
class LiteRTQuantizer(Quantizer):
    """Lets a strategy make the float file, which `litert_quantizer` then quantizes.

    It works with every strategy and knows every recipe. No second conversion is needed: a file
    of 14 MB takes a tenth of a second, and calibration one run of the file per sample.
    """

    name: str = attrs.field(default="litert-quantizer", init=False)

    @override
    def refuses(self, plan: ExportPlan, strategy: ConversionStrategy) -> Refusal | None:
        """Refuses what the strategy refuses of the float plan, and options of TensorFlow's own."""
        if not plan.options.experimental_new_quantizer:
            return Refusal(reason="TensorFlow's old quantizer is asked for")
        return strategy.refuses(float_plan(plan))

    @override
    def warm_up(self) -> None:
        """Let the child process import the quantizer."""
        warm_up()

    @override
    def convert(
        self,
        plan: ExportPlan,
        strategy: ConversionStrategy,
        model: Any,
        calibration: Iterable[Any] | None,
        on_progress: Progress,
    ) -> Artifact:
        """Convert to float, and quantize the file.

        Raises:
            OptionsError: When a rule is for layers of which the file has no operators.
            SamplesError: When a calibration sample does not fit.
            ConversionError: When the strategy or the quantizer fails.
        """
        artifact = strategy.convert(float_plan(plan), model, None)
        names = tuple(spec.name for spec in plan.inputs)
        samples = None if calibration is None else NamedSamples(calibration, names)
        with pending_file(None) as float_file, _scratch() as target:
            float_file.write(artifact.content)
            quantize_file(
                float_file.path,
                target,
                plan.options.recipe,
                samples,
                layers=(path for path, _ in layer_paths(model)),
                on_progress=lambda phase: on_progress(prefixed(strategy.name, phase)),
            )
            return Artifact(content=target.read_bytes())


def float_plan(plan: ExportPlan) -> ExportPlan:
    """The plan of the float file that a quantized one is made from."""
    return attrs.evolve(plan, options=float_options(plan.options))


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="litert-") as folder:
        yield Path(folder, "quantized.tflite")
