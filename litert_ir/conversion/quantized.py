"""The strategy that quantizes the float file of another one with LiteRT's quantizer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.keras.layers import layer_paths
from litert_ir.backends.packages import QUANTIZER
from litert_ir.conversion.foreign_strategies import check_strategy, checked_artifact
from litert_ir.conversion.progress import announce
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal, WarmsUp
from litert_ir.conversion.target import pieces_of, size_of
from litert_ir.errors import OptionsError, TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.shown import shown
from litert_ir.ir.estimate import SLAB_BYTES
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision
from litert_ir.ir.stored_types import StoredAs
from litert_ir.metadata.file_entry import metadata_for
from litert_ir.metadata.metadata_reader import tools_of
from litert_ir.quantization.file import quantize_file, warm_up
from litert_ir.samples.samples import NamedSamples, Sample
from litert_ir.scratch.folder import ADVICE, ScratchFolder


def _check_strategy(_instance: object, _attribute: object, value: Any) -> None:
    error = OptionsError(
        "Quantized takes a strategy object, which makes the float file.",
        where="Quantized.strategy",
        expected="such as litert_ir.StableHLO()",
        received=shown(value),
    )
    check_strategy(value, error)


@attrs.frozen
class Quantized(ConversionStrategy):
    """Lets another strategy make the float file, which `litert_quantizer` then quantizes.

    It goes with every strategy and knows every recipe. No second conversion is needed: a file
    of 14 MB takes a tenth of a second, and calibration one run of the file per sample.

    Attributes:
        strategy: Makes the float file.

    Raises:
        OptionsError: When that is no strategy.

    Example:
        ``export(model, "m.tflite", quantization="dynamic", strategies=(Quantized(Direct()),))``
    """

    strategy: ConversionStrategy = attrs.field(validator=_check_strategy)

    @property
    @override
    def name(self) -> str:
        """``quantized-`` and the other strategy's name."""
        return f"quantized-{self.strategy.name}"

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuse float plans, TensorFlow's own options, and plans that the other refuses in float.

        Where the quantizer is not installed, all plans.
        """
        if not plan.recipe.quantizes:
            return Refusal(reason="quantizes, where the plan asks for a float file")
        absence = QUANTIZER.absence()
        if absence is not None:
            return Refusal(reason=absence)
        if plan.options.old_quantizer:
            return Refusal(reason="TensorFlow's old quantizer is asked for")
        return self.strategy.refuses(float_plan(plan))

    def warm_up(self) -> None:
        """Let the other strategy get ready, and the child process import the quantizer."""
        if isinstance(self.strategy, WarmsUp):
            self.strategy.warm_up()
        warm_up()

    @override
    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Convert to float, and quantize the file.

        Raises:
            OptionsError: When a rule is for layers of which the file has no operators.
            SamplesError: When a calibration sample does not fit.
            ConversionError: When the other strategy or the quantizer fails.
        """
        made = self.strategy.convert(float_plan(plan), model, None)
        artifact = checked_artifact(self.strategy.name, made)
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
                metadata=metadata_for(plan, self.name, [*tools_of(source), QUANTIZER.name]),
                on_progress=announce,
            )
            source.unlink()
            unfinished.pop_all()
        return Artifact(content=_QuantizedFile(target, folder))


def float_strategy(strategy: ConversionStrategy) -> ConversionStrategy:
    """The strategy that converts to float: the one inside of a `Quantized`, else itself."""
    return strategy.strategy if isinstance(strategy, Quantized) else strategy


@attrs.frozen
class _QuantizedFile:
    """A file on the disk: the content of an `Artifact`.

    Attributes:
        path: Its path.
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
    """Write a temporary file without flushing it to the disk, which takes long."""
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
    """The plan of the float file that a quantized one is made from.

    Its weights of small types are dequantized to float32; 16-bit weights are converted too, if a
    recipe of the options applies to their float32 values.
    """
    if not plan.recipe.quantizes:
        return plan
    kept, options = plan.stored, plan.options
    if options.quantizes:
        kept = tuple(item for item in kept if item.weights is not StoredAs.FLOAT16)
        options = options.of_float_file()
    as_floats = tuple(
        item
        if item.precision is Precision.FLOAT
        else attrs.evolve(item, weights=StoredAs.FLOAT32, exact=True)
        for item in kept
    )
    return attrs.evolve(plan, options=options, stored=as_floats)
