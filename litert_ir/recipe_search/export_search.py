"""Export a model with the recipe that a search finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.keras.layers import layer_paths
from litert_ir.conversion.driver import Job, cases_of, run_job
from litert_ir.conversion.quantized import Quantized, float_plan, float_strategy
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.route import Candidate
from litert_ir.errors import ParityError
from litert_ir.ir.estimate import estimate_for, layout_for
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import AutoQuantization, Precision, Quantization
from litert_ir.recipe_search.best_recipe import search
from litert_ir.recipe_search.converted_file import ConvertedFile
from litert_ir.recipe_search.recipe_trials import Subject, float_try, searched_verification
from litert_ir.recipe_search.search_report import RecipeTry
from litert_ir.samples.samples import NamedSamples, Samples
from litert_ir.scratch.folder import ScratchFolder
from litert_ir.verification.cases import Case, iterate_flat
from litert_ir.verification.parity import ParityReport
from litert_ir.verification.thresholds import Thresholds
from litert_ir.verification.tolerance import tolerance_for
from litert_ir.verification.verify import Verification, measured_parity


def export_searched(
    job: Job, wanted: AutoQuantization, calibration: Samples | None
) -> ExportResult:
    """Convert to float, search the recipe on that file, and write the file of the best one.

    The model runs once on each sample, and is converted once.

    Args:
        job: The export of the float plan, with the comparison that each file is held to.
        wanted: The request.
        calibration: Samples to calibrate on; None where there are none.

    Returns:
        The accepted file, whose plan has the recipe that was found, and the search.

    Raises:
        AllStrategiesFailedError: When no strategy gave a float file that agrees with the model.
        ParityError: When the float file misses a threshold, or all files of the candidates do.
        LiteRTIRError: As `run_job`.
    """
    job, calibration = _on_fixed_cases(job, calibration)
    with ScratchFolder() as folder:
        as_float = _float_file(job, folder / "float.tflite")
        search_of = _Search(job, as_float, calibration, folder)
        report = search(search_of.subject(wanted), wanted, folder, job.on_progress)
        result = run_job(search_of.job_of(report.chosen))
    spent = as_float.timings.plus(result.timings)
    return attrs.evolve(
        result,
        attempts=(*as_float.attempts[:-1], *result.attempts),
        timings=attrs.evolve(spent, search=report.seconds),
        search=report,
    )


def _on_fixed_cases(job: Job, calibration: Samples | None) -> tuple[Job, Samples | None]:
    """Run the model on the samples to compare on; each file of the search gets the same ones."""
    verification = job.verification or Verification()
    comparing = attrs.evolve(job, calibration=calibration)
    cases = cases_of(comparing)
    inputs = tuple(case.inputs for case in cases)
    if calibration is not None and not verification.samples:
        calibration = calibration.starting_with(inputs)
    of_8_bits = tolerance_for(_with_recipe(job.plan, Quantization(Precision.DYNAMIC_RANGE)))
    verification = searched_verification(verification, of_8_bits)
    verification = attrs.evolve(verification, samples=inputs)
    return attrs.evolve(job, cases=cases, verification=verification), calibration


def _float_file(job: Job, target: Path) -> ExportResult:
    """Convert to float, which has to keep the thresholds itself.

    Raises:
        AllStrategiesFailedError: When no strategy gave a file that agrees with the model.
        ParityError: When the file misses a threshold.
    """
    assert job.verification is not None, "a search compares"
    agreeing = attrs.evolve(job.verification, thresholds=Thresholds())
    result = run_job(
        attrs.evolve(job, plan=_portable(job.plan), target=target, verification=agreeing)
    )
    outputs = () if result.parity is None else result.parity.outputs
    failures = job.verification.thresholds.failures(outputs)
    if failures:
        raise ParityError(
            "The float file misses a threshold, so that no recipe is to be searched.",
            where=", ".join(dict.fromkeys(failure.output for failure in failures)),
            expected=job.verification.thresholds.in_words,
            received="; ".join(map(str, failures)),
            advice="lower the threshold",
        )
    return result


def _portable(plan: ExportPlan) -> ExportPlan:
    """The plan without compile targets, which the final file alone is compiled for."""
    return attrs.evolve(plan, options=attrs.evolve(plan.options, aot_compile_targets=()))


def _with_recipe(plan: ExportPlan, recipe: Quantization) -> ExportPlan:
    return attrs.evolve(plan, options=attrs.evolve(plan.options, recipe=recipe))


@attrs.frozen
class _Search:
    """The search of one export.

    Attributes:
        job: The export, with cases and a verification.
        as_float: The float file.
        calibration: Samples to calibrate on; None where there are none.
        folder: A folder for files.
    """

    job: Job
    as_float: ExportResult
    calibration: Samples | None
    folder: Path

    @property
    def cases(self) -> Sequence[Case]:
        """The inputs to compare on, with the model's results."""
        return self.job.cases or ()

    @property
    def verification(self) -> Verification:
        """The comparison."""
        assert self.job.verification is not None, "a search compares"
        return self.job.verification

    def subject(self, wanted: AutoQuantization) -> Subject:
        """The float file for the search."""
        names = tuple(spec.name for spec in self.job.plan.inputs)
        as_they_are = not wanted.named(Precision.FLOAT).quantizes
        return Subject(
            source=self._source(),
            layers=tuple(path for path, _ in layer_paths(self.job.model)),
            calibration=None if self.calibration is None else NamedSamples(self.calibration, names),
            judge=self._judge,
            verification=self.verification,
            samples=len(self.cases),
            timed_on=dict(iterate_flat(self.job.plan, self.cases[0].inputs)),
            float_try=float_try(self.as_float.parity, self.as_float.size_bytes),
            float_counts=Precision.FLOAT in wanted.candidates and as_they_are,
        )

    def job_of(self, chosen: RecipeTry) -> Job:
        """The export of the chosen recipe, from the file that was converted."""
        if not chosen.recipe.quantizes:
            candidate = Candidate(ConvertedFile(self.as_float.strategy, self._float_path))
            plan = attrs.evolve(self.job.plan, route=(candidate.step,))
            return attrs.evolve(self.job, plan=plan, candidates=(candidate,))
        made = ConvertedFile(self._converter.name, self._source())
        candidate = Candidate(Quantized(made))
        size = chosen.size_bytes or 0
        estimate = estimate_for(self.job.plan.model.weight_bytes, chosen.recipe.precision)
        plan = attrs.evolve(
            _with_recipe(self.job.plan, chosen.recipe),
            route=(candidate.step,),
            estimate=attrs.evolve(estimate, size_bytes=size, layout=layout_for(size)),
        )
        calibration = self.calibration if chosen.recipe.needs_calibration else None
        return attrs.evolve(self.job, plan=plan, candidates=(candidate,), calibration=calibration)

    @property
    def _float_path(self) -> Path:
        assert self.as_float.path is not None, "it has a target"
        return self.as_float.path

    @property
    def _converter(self) -> Any:
        """The strategy that made the float file."""
        names = {candidate.name: candidate.strategy for candidate in self.job.candidates}
        return float_strategy(names[self.as_float.strategy])

    def _source(self) -> Path:
        """The file to quantize: that of a model with small types in Keras has floats in place."""
        plan = _portable(self.job.plan)
        wide = float_plan(_with_recipe(plan, Quantization(Precision.DYNAMIC_RANGE)))
        if wide == plan:
            return self._float_path
        path = self.folder / "wide.tflite"
        if not path.exists():
            candidate = Candidate(self._converter)
            run_job(
                attrs.evolve(
                    self.job,
                    plan=attrs.evolve(wide, route=(candidate.step,)),
                    candidates=(candidate,),
                    target=path,
                    verification=None,
                )
            )
        return path

    def _judge(self, path: Path, recipe: Quantization) -> ParityReport:
        plan = _with_recipe(self.job.plan, recipe)
        return measured_parity(path, plan, self.cases, self.verification)
