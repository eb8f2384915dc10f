"""The quantizer `litert-quantizer`: a strategy's float file is quantized afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.keras.layers import layer_paths
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.conversion.target import pieces_of, size_of
from litert_ir.errors import TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.estimate import SLAB_BYTES
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.stored_types import StoredAs
from litert_ir.quantization.file import quantize_file, warm_up
from litert_ir.runtime.counting import prefixed
from litert_ir.samples.samples import NamedSamples
from litert_ir.scratch.folder import ADVICE, ScratchFolder


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
        if plan.options.old_quantizer:
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
        folder = ScratchFolder()
        with contextlib.ExitStack() as unfinished:
            unfinished.callback(folder.close)
            source, target = folder.path / "float.tflite", folder.path / "quantized.tflite"
            _write(artifact, source)
            quantize_file(
                source,
                target,
                plan.recipe,
                None if calibration is None else NamedSamples(calibration, names),
                layers=(path for path, _ in layer_paths(model)),
                on_progress=lambda phase: on_progress(prefixed(strategy.name, phase)),
            )
            source.unlink()
            unfinished.pop_all()
        return Artifact(content=_QuantizedFile(target, folder))


@attrs.frozen
class _QuantizedFile:
    """A file on the disk: the content of an `Artifact`.

    Attributes:
        path: Where it is.
        folder: The folder that it is in, which goes away with the last reference to it.
    """

    path: Path
    folder: ScratchFolder = attrs.field(repr=False)

    @property
    def size_bytes(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size

    def pieces(self) -> Iterator[bytes | memoryview]:
        """The file from its first byte to its last."""
        with self.path.open("rb") as file:
            while piece := file.read(SLAB_BYTES):
                yield piece


def _write(artifact: Artifact, path: Path) -> None:
    """Write a file that nobody keeps: not seen through to the disk, which takes long."""
    try:
        with path.open("wb") as file:
            file.writelines(pieces_of(artifact.content))
    except OSError as error:
        reraise_interruption(error)
        raise TargetError(
            "The float file, which is to be quantized, cannot be written.",
            where=str(path),
            expected=f"room for {size_of(artifact.content):,} bytes",
            received=f"{type(error).__name__}: {error.strerror}",
            advice=ADVICE,
        ) from error


def float_plan(plan: ExportPlan) -> ExportPlan:
    """The plan of the float file that a quantized one is made from."""
    if not plan.options.quantizes:
        return plan
    # A recipe is for the numbers that 16-bit weights stand for, too.
    stored = tuple(item for item in plan.stored if item.weights is not StoredAs.FLOAT16)
    return attrs.evolve(plan, options=plan.options.of_float_file(), stored=stored)
