"""The public verb for LiteRT files whose Keras model is not at hand: quantize one."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.packages import QUANTIZER
from litert_ir.conversion.options_request import request_of_search
from litert_ir.conversion.progress import Progress, reporting
from litert_ir.conversion.request import check_limit, check_searchable, check_verify
from litert_ir.conversion.switches import check_callback
from litert_ir.conversion.target import pending_file
from litert_ir.conversion.target_checks import check_target
from litert_ir.errors import FileRejectedError, ModelSourceError, OptionsError, TargetError
from litert_ir.errors.advice import advise
from litert_ir.errors.paths import usable_path
from litert_ir.errors.setting_names import CALIBRATION, RECIPE, Wording
from litert_ir.errors.shown import bytes_text, shown
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.parse_options import parse_recipe
from litert_ir.ir.quantization import AutoQuantization, Precision, Quantization
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.metadata.associated_files import append_files, read_files
from litert_ir.metadata.changes import changed_metadata
from litert_ir.metadata.metadata_reader import read_metadata
from litert_ir.quantization import file as quantizer
from litert_ir.recipe_search.file_search import search_for_file
from litert_ir.recipe_search.search_report import SearchReport
from litert_ir.reports.plain_data import plain
from litert_ir.reports.report import Report
from litert_ir.reports.shown_path import shown_path
from litert_ir.reports.table import Table, facts
from litert_ir.runtime.accepted_files import remember_accepted
from litert_ir.runtime.interface_reader import FileInterface
from litert_ir.runtime.interpreter import checked_interface
from litert_ir.runtime.tensor_table import read_tensors
from litert_ir.samples.forms import NamedSample
from litert_ir.samples.image_samples import ImageSamples
from litert_ir.samples.sample_files import StoredSamples
from litert_ir.samples.samples import CALIBRATION_LIMIT, NamedSamples, Samples, Source
from litert_ir.verification.cases import Origin
from litert_ir.verification.file_inputs import (
    FileInputs,
    inputs_of,
    random_samples,
    spec_of,
)
from litert_ir.verification.file_parity import compare_files
from litert_ir.verification.layer_errors import MOST_ROWS, LayerErrors, tensor_errors
from litert_ir.verification.parity import ParityReport, verdict_on
from litert_ir.verification.tolerance import tolerance_of
from litert_ir.verification.verify import (
    Verification,
    check_comparable,
    require,
    require_enough,
    warned,
)

_COMPARED = 64
"""The calibration samples to compare files on by default: a file is much faster than its model."""
_COMPARED_BY_LAYER = 16
"""The most samples to compare layers on: all tensors are read for each; averages are stable."""


@attrs.frozen(kw_only=True, repr=False)
class QuantizedFile(Report):
    """A quantized LiteRT file.

    Attributes:
        path: Its path.
        source: The float file that it was made from.
        quantization: How.
        size_bytes: Its size.
        source_bytes: The float file's size.
        parity: The comparison of its outputs with the float file's; None when not asked for.
        layers: The comparison of its tensors with the float file's; None when not asked for.
        search: The search that found the recipe; None where it was given.
    """

    path: Path
    source: Path
    quantization: Quantization
    size_bytes: int
    source_bytes: int
    parity: ParityReport | None
    layers: LayerErrors | None
    search: SearchReport | None = None

    @property
    def headline(self) -> str:
        """The file, and whether it agrees with the float one."""
        return f"{self.path.name} {verdict_on(self.parity)}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the comparison, the file, the search of its recipe, and the layers."""
        return self.tables_of(MOST_ROWS)

    def tables_of(self, most: int) -> tuple[Table, ...]:
        """Return the tables, with the tensors that have the largest errors.

        Args:
            most: The number of these tensors.
        """
        rules = "".join(f"; {rule}" for rule in self.quantization.layers)
        share = f" ({self.size_bytes / max(1, self.source_bytes):.2f} x)"
        told = [
            ("path", shown_path(self.path)),
            ("recipe", self.quantization.precision.value + rules),
            ("size", f"{bytes_text(self.size_bytes)} of {bytes_text(self.source_bytes)}{share}"),
        ]
        return (
            *(() if self.parity is None else self.parity.tables()),
            facts("File", told),
            *(() if self.search is None else self.search.tables()),
            *(() if self.layers is None else (self.layers.table(most),)),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the result in JSON's types, with sizes in bytes."""
        return {
            "path": plain(self.path),
            "source": plain(self.source),
            "precision": self.quantization.precision.value,
            "layers": [str(rule) for rule in self.quantization.layers],
            "size_bytes": self.size_bytes,
            "source_bytes": self.source_bytes,
            "parity": plain(self.parity),
            "search": plain(self.search),
            "layer_errors": plain(self.layers),
        }


def quantize_file(  # noqa: PLR0913  (one keyword per thing a user may say)
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    quantization: AutoQuantization | Quantization | Precision | str,
    calibration: Source | None = None,
    calibration_limit: int = CALIBRATION_LIMIT,
    verify: bool | Verification = True,
    on_progress: Progress | None = None,
    on_measured: Callable[[ParityReport, LayerErrors], None] | None = None,
) -> QuantizedFile:
    """Quantize a float LiteRT file of any origin, and measure what that costs.

    Everything that can be checked is checked first. The file is written beside the target, run,
    compared with the float file, and only then put in the target's place.

    Args:
        source: A float file with a signature. Of several signatures the first one is compared,
            and recipes that need calibration are refused.
        target: The path to write to, ending in ``.tflite``, in an existing folder.
        quantization: The recipe, a precision, or its name in `PRECISION_NAMES`; an
            `AutoQuantization` or ``"auto"`` searches it. Rules for layers are for the scopes in the
            names of the file's tensors.
        calibration: Samples of what the file will see; see `Samples`. Needed where activations
            become integers; the files are compared on them in any case.
        calibration_limit: The most samples to take; a batch counts as one.
        verify: False to compare nothing; a `Verification` with samples, a tolerance or
            thresholds. By default the files are compared on the first 64 calibration samples,
            else on seeded random inputs.
        on_progress: Called with a short text as each phase begins, and as calibration gets on. By
            default a notebook or a terminal shows it.
        on_measured: Called with what was measured before it is judged, as the layers show best
            why a file differs too much.

    Returns:
        Where the file is, its size, how its outputs and its layers compare.

    Raises:
        FilepathError: When the target's name does not end in ``.tflite``.
        TargetError: When the target cannot be written, or is the source.
        ModelSourceError: When there is no source.
        FileRejectedError: When the source is no float LiteRT file with a signature that runs.
        OptionsError: When the recipe quantizes nothing, or needs samples and has none.
        SamplesError: When the samples do not fit the file's inputs.
        ParityError: When the file differs, or misses a threshold; it is not written then. Of a
            search, when no file meets them.
        MissingDependencyError: When LiteRT's quantizer is not installed.
        ConversionError: When the quantizer fails.
        ConverterCrashed: When it dies, or does not end in time, or the files do not.

    Example:
        ``quantize_file("m.tflite", "s.tflite", quantization="int8", calibration=samples)``
    """
    written = check_target(target)
    float_file = _checked_path(source, written)
    check_limit(calibration_limit)
    check_callback("on_progress", on_progress)
    check_callback("on_measured", on_measured)
    check_verify(verify)
    check_comparable(verify, calibrated=calibration is not None)
    wanted_search = request_of_search(quantization)
    recipe = _checked_recipe(quantization, wanted_search, verify, calibration)
    QUANTIZER.require("quantizing a file")
    wanted = Verification() if verify is True else verify or None
    job = _checked_job(float_file, recipe, wanted)
    samples = job.checked(calibration, "calibration", calibration_limit)
    compared = job.compared(samples)
    with reporting(on_progress, verbose=None) as report, pending_file(written) as pending:
        search = None
        if wanted_search is not None:
            search = job.searched(wanted_search, samples, compared, report)
            job = attrs.evolve(job, recipe=search.chosen.recipe)
        with _called(f"the quantized file for {written}", pending.path):
            parity, layers = job.quantized(pending.path, samples, compared, report)
        if wanted is not None and parity is not None and layers is not None:
            if on_measured is not None:
                on_measured(parity, layers)
            require(parity, wanted.thresholds)
        size = pending.path.stat().st_size
        pending.commit()
    if wanted is not None:
        remember_accepted(written)
    return QuantizedFile(
        path=written,
        source=job.source,
        quantization=job.recipe,
        size_bytes=size,
        source_bytes=job.source.stat().st_size,
        parity=parity,
        layers=layers,
        search=search,
    )


@attrs.frozen
class _Job:
    """One file to quantize.

    Attributes:
        source: The float file.
        inputs: Its inputs.
        recipe: The quantization recipe.
        wanted: The comparison; None for none.
        is_calibrated: Whether activations can be calibrated: with one signature alone.
    """

    source: Path
    inputs: FileInputs
    recipe: Quantization
    wanted: Verification | None
    is_calibrated: bool

    def checked(self, given: Source | None, origin: str, most: int | None) -> Samples | None:
        """Samples of which the first one fits."""
        if given is None:
            return None
        where = str(given.path) if isinstance(given, StoredSamples) else origin
        inputs = self.inputs
        if isinstance(given, ImageSamples) and given.scaling is None:
            inputs = attrs.evolve(inputs, metadata=_metadata_of(self.source))
        samples = Samples(inputs, given, where, finite=origin == "calibration", most=most)
        samples.check()
        return samples

    def named(self, samples: Samples) -> NamedSamples:
        """Samples by input name."""
        return NamedSamples(samples, tuple(spec.name for spec in self.inputs.inputs))

    def compared(self, calibration: Samples | None) -> tuple[NamedSample, ...]:
        """Samples to compare on: given ones, else the first of calibration, else random ones."""
        if self.wanted is None:
            return ()
        most = self.wanted.calibration_samples
        own = self.checked(self.wanted.samples, "Verification.samples", None)
        given = calibration if own is None else own
        if given is None:
            return random_samples(self.source, self.inputs)
        usual = _COMPARED if own is None else None
        found = tuple(itertools.islice(self.named(given), most or usual))
        require_enough(len(found), most)
        return found

    def origin(self, calibration: Samples | None) -> Origin:
        """The source of the samples to compare on."""
        if self.wanted is not None and self.wanted.samples is not None:
            return Origin.SAMPLES
        return Origin.RANDOM if calibration is None else Origin.CALIBRATION

    def searched(
        self,
        search: AutoQuantization,
        samples: Samples | None,
        compared: tuple[NamedSample, ...],
        report: Progress,
    ) -> SearchReport:
        """Search the recipe."""
        calibration = None if samples is None or not self.is_calibrated else self.named(samples)
        return search_for_file(
            self.source,
            search,
            calibration=calibration,
            samples=compared,
            verification=self.wanted or Verification(),
            on_progress=report,
        )

    def quantized(
        self,
        path: Path,
        samples: Samples | None,
        compared: tuple[NamedSample, ...],
        report: Progress,
    ) -> tuple[ParityReport | None, LayerErrors | None]:
        """Write the quantized file, and compare it with the float one, within tolerances or not."""
        named = None if samples is None else self.named(samples)
        change = f"quantized: {self.recipe.precision.value}"
        quantizer.quantize_file(
            self.source,
            path,
            self.recipe,
            named,
            metadata=changed_metadata(self.source, change, QUANTIZER.name),
            on_progress=report,
        )
        append_files(path, read_files(self.source))
        if self.wanted is None:
            return None, None
        report("comparing with the float file")
        return self.measured(path, compared, self.origin(samples), self.wanted)

    def measured(
        self, path: Path, samples: tuple[NamedSample, ...], origin: Origin, wanted: Verification
    ) -> tuple[ParityReport, LayerErrors]:
        """Compare the quantized file with the model, within tolerances or not."""
        tolerance = wanted.tolerance or tolerance_of(self.recipe)
        budget = TimeBudget(wanted.timeout)
        parity = compare_files(self.source, path, samples, tolerance, budget)
        parity = warned(attrs.evolve(parity, compared_on=(origin,)), wanted.thresholds)
        compared = samples[:_COMPARED_BY_LAYER]
        return parity, tensor_errors(self.source, path, compared, budget)


def _checked_recipe(
    quantization: Any,
    search: AutoQuantization | None,
    verify: bool | Verification,
    calibration: Source | None,
) -> Quantization:
    """The recipe; of a search the rules that every try keeps."""
    if search is not None:
        check_searchable(search, verify, calibration, "calibration")
        return Quantization(layers=search.layers)
    recipe = parse_recipe(quantization)
    if recipe is None or not recipe.quantizes:
        raise OptionsError(
            "The recipe quantizes nothing.",
            where="quantization",
            expected="a precision such as 'int8' or 'dynamic', or rules for some layers",
            received="none" if recipe is None else recipe.precision.value,
            advice=advise(
                "pass {recipe}, or {rules}",
                recipe=RECIPE.to(),
                rules=Wording("rules for layers", "rules for layers (--layer PATTERN=NAME)"),
            ),
        )
    if recipe.needs_calibration and calibration is None:
        raise OptionsError(
            "Integer arithmetic needs samples to find the activations' ranges.",
            where="calibration",
            expected="samples of what the file will see",
            received="none",
            advice=advise(
                "pass {samples}, or a recipe such as 'dynamic'",
                samples=CALIBRATION.to("...", "DATA"),
            ),
        )
    return recipe


def _checked_job(path: Path, recipe: Quantization, wanted: Verification | None) -> _Job:
    interface = _checked_source(path)
    if recipe.needs_calibration and interface.other_signatures:
        raise FileRejectedError(
            "The file has several signatures; only one can be calibrated.",
            where=str(path),
            expected=f"the signature {interface.signature_key!r} alone",
            received=", ".join((interface.signature_key, *interface.other_signatures)),
            advice="pass a recipe that needs no calibration, such as 'dynamic'",
        )
    if wanted is not None:
        wanted.thresholds.check_applicable(map(spec_of, interface.outputs))
    return _Job(path, inputs_of(interface), recipe, wanted, not interface.other_signatures)


def _metadata_of(path: Path) -> Metadata:
    found = read_metadata(path)
    return Metadata() if found is None else found.metadata


@contextlib.contextmanager
def _called(name: str, pending: Path) -> Iterator[None]:
    """Replace a temporary file's name in errors, as it means nothing to the reader."""
    try:
        yield
    except FileRejectedError as error:
        if error.where != str(pending):
            raise
        advice = error.advice or "pass another recipe, or leave layers as they are"
        raise error.evolve(where=name, advice=advice) from error


def _checked_path(source: object, target: Path) -> Path:
    path = usable_path(source, lambda reason: _no_source(shown(source), reason)).absolute()
    if not path.is_file():
        raise _no_source(str(path))
    if target.exists() and target.samefile(path):
        raise TargetError(
            "The quantized file would replace the float one, which cannot be made from it again.",
            where=str(target),
            expected="another file than the source",
            received=str(path),
            advice="write beside it, and replace it yourself once the result is good enough",
        )
    return path


def _no_source(where: str, reason: str = "") -> ModelSourceError:
    return ModelSourceError(
        "There is no file to quantize here.",
        where=where,
        expected="a .tflite file",
        received=reason,
    )


def _checked_source(path: Path) -> FileInterface:
    interface = checked_interface(path)
    small = [t for t in read_tensors(path).tensors if t.is_quantized or t.is_half_weight]
    if small:
        raise FileRejectedError(
            "The file is quantized already.",
            where=str(path),
            expected="a float32 file",
            received=f"{len(small)} tensors in fewer bits, such as {small[0].name} "
            f"({small[0].dtype})",
            advice="quantize the float32 file that it was made from",
        )
    return interface
