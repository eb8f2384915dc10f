"""Search the recipe of a float LiteRT file whose Keras model is not at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from litert_ir.conversion.progress import Progress
from litert_ir.ir.quantization import AutoQuantization, Precision, Quantization
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.recipe_search.best_recipe import search
from litert_ir.recipe_search.recipe_trials import Subject, float_try, searched_verification
from litert_ir.recipe_search.search_report import SearchReport
from litert_ir.runtime.isolated import run_isolated
from litert_ir.samples.forms import NamedSample
from litert_ir.samples.samples import NamedSamples
from litert_ir.scratch.folder import ScratchFolder
from litert_ir.verification.file_parity import compare_with_results
from litert_ir.verification.parity import ParityReport
from litert_ir.verification.tolerance import tolerance_of
from litert_ir.verification.verify import Verification

_OF_8_BITS = Quantization(Precision.DYNAMIC_RANGE)


def search_for_file(  # noqa: PLR0913  (one keyword per thing that decides the result)
    source: Path,
    wanted: AutoQuantization,
    *,
    calibration: NamedSamples | None,
    samples: Sequence[NamedSample],
    verification: Verification,
    on_progress: Progress,
) -> SearchReport:
    """Search a recipe by which a file's results stay close to those of the float file.

    Args:
        source: The float file, which runs once on each sample.
        wanted: The request.
        calibration: Samples to calibrate on; None where there are none.
        samples: Inputs to compare on, by name.
        verification: The comparison that the user asks for.
        on_progress: Told about each try.

    Raises:
        ParityError: When no quantized file meets the requirement.
        LiteRTIRError: As `litert_ir.recipe_search.best_recipe.search`.
    """
    held_to = searched_verification(verification, tolerance_of(_OF_8_BITS))
    expected = run_isolated(source, samples, TimeBudget(verification.timeout))

    def judge(path: Path, recipe: Quantization) -> ParityReport:
        tolerance = held_to.tolerance or tolerance_of(recipe)
        budget = TimeBudget(verification.timeout)
        return compare_with_results(expected, path, samples, tolerance, budget)

    subject = Subject(
        source=source,
        layers=None,
        calibration=calibration,
        judge=judge,
        verification=held_to,
        samples=len(samples),
        timed_on=samples[0],
        float_try=float_try(None, source.stat().st_size),
        float_counts=False,
    )
    with ScratchFolder() as folder:
        return search(subject, wanted, folder, on_progress)
