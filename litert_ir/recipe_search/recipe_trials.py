"""Make the files of recipes and measure them, within the budget of a search."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from litert_ir.conversion.progress import Progress
from litert_ir.errors import ConversionError
from litert_ir.ir.quantization import AutoQuantization, Quantization
from litert_ir.measurement.latency import median_latency
from litert_ir.quantization.file import KnownRanges, quantize_file
from litert_ir.recipe_search.search_report import (
    OutputError,
    Purpose,
    RecipeTry,
    Verdict,
    recipe_label,
)
from litert_ir.runtime.counting import Counted
from litert_ir.samples.forms import NamedSample
from litert_ir.samples.samples import NamedSamples
from litert_ir.verification.output_parity import OutputParity
from litert_ir.verification.parity import ParityReport
from litert_ir.verification.tolerance import Tolerance
from litert_ir.verification.verify import Verification

Judge = Callable[[Path, Quantization], ParityReport]
"""Compares the file of a recipe with its reference; raises `ConversionError` where that fails."""


@attrs.frozen(kw_only=True)
class Subject:
    """The float file that a recipe is searched for.

    Attributes:
        source: The float file.
        layers: The paths of the Keras model's layers; None where the model is unknown.
        calibration: Samples to calibrate on; None where there are none.
        judge: Compares a file with the reference.
        verification: What each file is held to.
        samples: The number of inputs that files are compared on.
        timed_on: The input that files are timed on.
        float_try: The float file as a try that is measured already.
        float_counts: Whether the float file itself may be chosen.
    """

    source: Path
    layers: tuple[str, ...] | None
    calibration: NamedSamples | None
    judge: Judge
    verification: Verification
    samples: int
    timed_on: NamedSample
    float_try: RecipeTry
    float_counts: bool


def searched_verification(given: Verification, of_8_bits: Tolerance) -> Verification:
    """The comparison that each file of a search is held to.

    Without thresholds and a tolerance of the user's, that is the tolerance of 8-bit weights for all
    recipes: the tolerances of the recipes themselves would accept almost anything of 4 bits.

    Args:
        given: The comparison that the user asks for.
        of_8_bits: The tolerance of a file of dynamic range.
    """
    if given.tolerance is not None or given.thresholds.are_set:
        return given
    return attrs.evolve(given, tolerance=of_8_bits)


def float_try(parity: ParityReport | None, size_bytes: int) -> RecipeTry:
    """The float file as a try of a search.

    Args:
        parity: Its comparison with the reference; None where it is the reference.
        size_bytes: Its size.
    """
    outputs = () if parity is None else parity.outputs
    return RecipeTry(
        label="float",
        purpose=Purpose.NAMED,
        recipe=Quantization(),
        verdict=Verdict.MEETS,
        size_bytes=size_bytes,
        outputs=tuple(map(OutputError.of, outputs)),
        noise=max(map(noise_of, outputs), default=0.0),
    )


@attrs.define
class Trials:
    """The tries of one search.

    Attributes:
        subject: The float file, and how its files are judged.
        wanted: The request, with the budget.
        folder: A folder for the files.
        report: Told about each try.
        tries: The tries so far.
    """

    subject: Subject
    wanted: AutoQuantization
    folder: Path
    report: Progress
    tries: list[RecipeTry] = attrs.field(factory=list, init=False)
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _ranges: KnownRanges = attrs.field(factory=KnownRanges, init=False)
    _made: int = attrs.field(default=0, init=False)
    _files: dict[Quantization, Path] = attrs.field(factory=dict, init=False)
    _places: dict[Quantization, int] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._record(self.subject.float_try)
        self._files[self.subject.float_try.recipe] = self.subject.source

    @property
    def left(self) -> int:
        """The number of tries that may still be made."""
        return max(0, self.wanted.tries - len(self.tries)) if self._seconds_left > 0 else 0

    def affordable(self, tries: Sequence[RecipeTry]) -> int:
        """The number of further tries like these that the budget allows."""
        each = max((tried.seconds for tried in tries), default=0.0)
        most = self._seconds_left / each if each else math.inf
        return self.left if most >= self.left else int(most)

    @property
    def _seconds_left(self) -> float:
        return math.inf if self.wanted.seconds is None else self.wanted.seconds - self.seconds

    @property
    def seconds(self) -> float:
        """The duration of the search so far."""
        return time.monotonic() - self._began

    def made(self, recipe: Quantization, purpose: Purpose) -> RecipeTry:
        """Make the file of a recipe, without comparing it; a known recipe is not made again.

        Raises:
            OptionsError: When one of the user's rules matches no operator of the file.
            SamplesError: When a calibration sample does not fit.
        """
        if recipe in self._places:
            return self.tries[self._places[recipe]]
        self.report(Counted("trying recipes", len(self.tries), self.wanted.tries, "files"))
        began = time.monotonic()
        tried = RecipeTry(
            label=recipe_label(recipe), purpose=purpose, recipe=recipe, verdict=Verdict.LARGER
        )
        try:
            tried = attrs.evolve(tried, size_bytes=self._make(recipe).stat().st_size)
        except ConversionError as error:
            tried = _failed(tried, error)
        return self._record(attrs.evolve(tried, seconds=time.monotonic() - began))

    def judged(self, tried: RecipeTry) -> RecipeTry:
        """Compare the file of a try that was made; one that is judged stays as it is."""
        if tried.verdict is not Verdict.LARGER or tried.recipe not in self._files:
            return tried
        began = time.monotonic()
        try:
            parity = self.subject.judge(self._files[tried.recipe], tried.recipe)
            judged = self._with_verdict(tried, parity)
        except ConversionError as error:
            judged = _failed(tried, error)
        return self._replace(
            attrs.evolve(judged, seconds=judged.seconds + time.monotonic() - began)
        )

    def tried(self, recipe: Quantization, purpose: Purpose) -> RecipeTry:
        """Make the file of a recipe, compare it, and remove it."""
        result = self.judged(self.made(recipe, purpose))
        self.drop(result)
        if purpose is Purpose.MIXED and result.purpose is Purpose.SENSITIVITY:
            return self._replace(attrs.evolve(result, purpose=purpose))
        return result

    def timed(self, tries: Sequence[RecipeTry]) -> list[RecipeTry]:
        """Measure the latency of tries side by side; files that were removed are made again."""
        self.report(f"timing {len(tries)} files")
        for each in tries:
            if each.recipe not in self._files:
                self._make(each.recipe)
        found = median_latency([self._files[each.recipe] for each in tries], self.subject.timed_on)
        timed = [
            self._replace(attrs.evolve(each, latency=latency))
            for each, latency in zip(tries, found, strict=True)
        ]
        for each in timed:
            self.drop(each)
        return timed

    def drop(self, tried: RecipeTry) -> None:
        """Remove the file of a try, to free the disk; the float file stays."""
        path = self._files.get(tried.recipe)
        if path is not None and path != self.subject.source:
            del self._files[tried.recipe]
            path.unlink()

    def _make(self, recipe: Quantization) -> Path:
        path = self.folder / f"{self._made}.tflite"
        self._made += 1
        quantize_file(
            self.subject.source,
            path,
            recipe,
            self.subject.calibration,
            layers=self.subject.layers,
            known_ranges=self._ranges,
        )
        self._files[recipe] = path
        return path

    def _with_verdict(self, tried: RecipeTry, parity: ParityReport) -> RecipeTry:
        missed = [
            str(failure)
            for failure in self.subject.verification.thresholds.failures(parity.outputs)
        ]
        differing = [f"{output.name} differs" for output in parity.outputs if not output.agrees]
        reason = "; ".join((*missed, *differing))
        return attrs.evolve(
            tried,
            verdict=Verdict.MISSES if reason else Verdict.MEETS,
            outputs=tuple(map(OutputError.of, parity.outputs)),
            noise=max(map(noise_of, parity.outputs)),
            reason=reason,
        )

    def _record(self, tried: RecipeTry) -> RecipeTry:
        self._places[tried.recipe] = len(self.tries)
        self.tries.append(tried)
        return tried

    def _replace(self, tried: RecipeTry) -> RecipeTry:
        self.tries[self._places[tried.recipe]] = tried
        return tried


def noise_of(output: OutputParity) -> float:
    """Return the error of an output as a share of how much its values vary; see `RecipeTry`."""
    if output.rms_error is None:
        return output.differing or 0.0
    scale = output.spread or output.max_abs_value or 1.0
    return output.rms_error / scale


def _failed(tried: RecipeTry, error: ConversionError) -> RecipeTry:
    reason = " ".join(filter(None, (error.summary, error.received)))
    return attrs.evolve(tried, verdict=Verdict.FAILS, reason=reason)
