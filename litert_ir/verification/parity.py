"""Measure how far a LiteRT file is from its Keras model, output by output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import ParityError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import SAMPLES
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.runtime.isolated import run_isolated
from litert_ir.verification.case_sizes import sizes_text
from litert_ir.verification.cases import Case, iterate_flat
from litert_ir.verification.compiled_model_check import InterpreterRun, compare_compiled_model
from litert_ir.verification.decisions import Agreement, agreement
from litert_ir.verification.metrics import (
    Pairs,
    cosine_similarity,
    error_summary,
    rms_error,
    top1_agreement,
)
from litert_ir.verification.tolerance import Tolerance, magnitude_of, spread_of, variation_of

_TELLING_VARIATION = 1e-2
_OUTLIER = 5.0
"""Standard deviations: one in a million normally distributed errors is larger."""


@attrs.frozen(kw_only=True)
class OutputParity:
    """The difference of one output of the file from the reference, over all cases.

    Attributes:
        name: The output's name.
        max_abs_error: The largest difference of an element, in the output's own unit.
        mean_abs_error: The mean difference over all elements, in the same unit.
        rms_error: The root of the mean squared difference, in the same unit; None for integer and
            boolean outputs, as are the fields derived from it.
        spread: The standard deviation of the reference between samples; see `Tolerance`.
        rms_bound: The largest accepted RMS error; None where it is not judged.
        agreement: How often decisions agree; None where the output is not made of scores.
        cosine: The cosine of the angle between all values and the reference's; None for integer
            and boolean outputs. See `cosine_similarity` for zeros and NaN.
        top1_agreement: The share of rows whose first class is the reference's; None where the
            output is not taken for a classifier's. See `top1_agreement` for ties.
        rows: The number of rows, that is of samples in all cases together.
        bound: The largest accepted difference of a float output; 0 for others.
        differing: Share of integer or boolean values that differ; None for float outputs.
        max_abs_value: The reference's largest magnitude.
        variation: How much the reference's values vary between samples; see `Tolerance`.
        agrees: Whether the difference is accepted.
    """

    name: str
    max_abs_error: float
    mean_abs_error: float
    rms_error: float | None = None
    spread: float | None = None
    rms_bound: float | None = None
    agreement: Agreement | None = None
    cosine: float | None = None
    top1_agreement: float | None = None
    rows: int
    bound: float
    differing: float | None = None
    max_abs_value: float
    variation: float
    agrees: bool

    @property
    def is_telling(self) -> bool:
        """Return whether the values vary enough for an agreement to mean something."""
        return self.variation > _TELLING_VARIATION * self.max_abs_value

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DIFFERS"
        doubt = "" if self.is_telling else "; hardly varies between inputs, which shows little"
        if self.differing is not None:
            return f"{self.name}: {verdict}, {self.differing:.2%} of the values differ{doubt}"
        return (
            f"{self.name}: {verdict}, max |difference| {self.max_abs_error:.2e} "
            f"(accepted {self.bound:.2e}, max |value| {self.max_abs_value:.2e}{doubt})"
            + "".join(f"\n    {', '.join(line)}" for line in self._lines() if line)
        )

    def _lines(self) -> tuple[tuple[str, ...], ...]:
        return tuple(self._details()), tuple(self._judged())

    def _details(self) -> Iterator[str]:
        yield f"mean |difference| {self.mean_abs_error:.2e}"
        if self.cosine is not None:
            yield f"cosine {self.cosine:.6f}"
        if self.top1_agreement is not None:
            yield f"top-1 the same in {self.top1_agreement:.2%} of {self.rows} row(s)"

    def _judged(self) -> Iterator[str]:
        """Yield the criteria beside the largest error."""
        if self.rms_error is not None:
            yield f"RMS error {self.rms_error:.2e}{self._beside_spread()}"
        if self.agreement is not None:
            yield str(self.agreement)

    def _beside_spread(self) -> str:
        """Return the RMS error and its bound as shares of the spread, where they differ from it."""
        if self.rms_bound is None:
            return ", not judged"
        if not self.spread:
            return f" (accepted {self.rms_bound:.2e})"
        share = (self.rms_error or 0.0) / self.spread
        limit = self.rms_bound / self.spread
        return f", {share:.2%} of the spread between samples (accepted {limit:.2%})"


@attrs.frozen(kw_only=True)
class ParityReport:
    """The comparison of a file with its reference: the Keras model, or a float file.

    Attributes:
        reference: The name of the reference in messages.
        outputs: The comparison of each output, in the file's order.
        tolerance: The accepted difference.
        cases: Number of inputs compared on.
        input_shapes: The shapes of the inputs of each case, in the file's order.
        sizes: The sizes of each dynamic dimension: ``batch 1, 3; length 9, 45``; empty where
            there are none.
        notes: The sizes or runtimes that were not compared, and why.
    """

    reference: str = "the Keras model"
    outputs: tuple[OutputParity, ...]
    tolerance: Tolerance
    cases: int
    input_shapes: tuple[tuple[tuple[int, ...], ...], ...]
    sizes: str = ""
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Return whether the file's results equal the reference's within the tolerance."""
        return all(output.agrees for output in self.outputs)

    @property
    def max_abs_error(self) -> float:
        """Return the largest difference over all outputs."""
        return max(output.max_abs_error for output in self.outputs)

    def __str__(self) -> str:
        lines = [f"compared with {self.reference} on {self.cases} input(s):"]
        lines.extend([f"  at {self.sizes}"] if self.sizes else [])
        lines.extend(f"  note: {note}" for note in self.notes)
        return "\n".join([*lines, *(f"  {output}" for output in self.outputs)])


def compare(
    path: Path,
    plan: ExportPlan,
    cases: Sequence[Case],
    tolerance: Tolerance,
    budget: TimeBudget | None = None,
) -> ParityReport:
    """Run the file on each case in a child process, and measure its distance from the reference.

    A file that agrees is run on one of the cases by `CompiledModel` as well.

    Raises:
        FileRejectedError: When the file does not load or run, or kills the process.
        ParityError: When an output has another shape, or `CompiledModel` computes something else.
    """
    inputs = [dict(iterate_flat(plan, case.inputs)) for case in cases]
    results = run_isolated(path, inputs, budget)
    report = compare_results(results, plan, cases, tolerance)
    return with_compiled_model(report, path, inputs, results, budget)


def with_compiled_model(
    report: ParityReport,
    path: Path,
    inputs: Sequence[Mapping[str, NDArray[Any]]],
    results: Sequence[Mapping[str, NDArray[Any]]],
    budget: TimeBudget | None,
) -> ParityReport:
    """Run a file that agrees through `CompiledModel` as well, and extend its report.

    Args:
        report: The comparison of the interpreter's results with the reference.
        path: The file.
        inputs: Arrays by input name, for each case.
        results: The interpreter's results, by output name, for each case.
        budget: The seconds that are allowed; see `run_isolated`.

    Raises:
        ParityError: When `CompiledModel` computes something else.
    """
    if not report.agrees:
        return report
    runs = [
        InterpreterRun(inputs=given, outputs=taken)
        for given, taken in zip(inputs, results, strict=True)
    ]
    flips = report.tolerance.flips
    accepted = {
        output.name: output.bound if output.differing is None else flips
        for output in report.outputs
    }
    note = compare_compiled_model(path, runs, accepted, budget)
    return attrs.evolve(report, notes=(*report.notes, note)) if note else report


def compare_results(
    named: Sequence[Mapping[str, NDArray[Any]]],
    plan: ExportPlan,
    cases: Sequence[Case],
    tolerance: Tolerance,
) -> ParityReport:
    """Measure how far results are from the reference.

    Args:
        named: Arrays by output name, in the file's order, for each case.
        plan: The plan that the file was converted from.
        cases: Inputs, and the Keras model's outputs for them.
        tolerance: The accepted difference.

    Raises:
        ParityError: When an output has another shape.
    """
    results = [tuple(arrays.values()) for arrays in named]
    outputs = tuple(
        output_parity(
            leaf.spec.name,
            [(case.outputs[i], result[i]) for case, result in zip(cases, results, strict=True)],
            tolerance,
        )
        for i, leaf in enumerate(plan.output_leaves)
    )
    shapes = tuple(tuple(array.shape for array in case.inputs) for case in cases)
    return ParityReport(
        outputs=outputs,
        tolerance=tolerance,
        cases=len(cases),
        input_shapes=shapes,
        sizes=sizes_text(plan, shapes),
        notes=tuple(case.note for case in cases if case.note),
    )


def output_parity(name: str, pairs: Pairs, tolerance: Tolerance) -> OutputParity:
    """Compare one output with its reference, over all cases.

    Args:
        name: The output's name.
        pairs: The expected and the received array of each case.
        tolerance: The accepted difference.

    Raises:
        ParityError: When the output has another shape, or is empty in each case.
    """
    _require_shapes(name, pairs)
    reference = [expected for expected, _ in pairs]
    _require_values(name, reference)
    error, mean = error_summary(pairs)
    measured = OutputParity(
        name=name,
        max_abs_error=error,
        mean_abs_error=mean,
        top1_agreement=top1_agreement(pairs),
        rows=sum(len(np.atleast_1d(values)) for values in reference),
        bound=0.0,
        max_abs_value=max(magnitude_of(values) for values in reference),
        variation=variation_of(reference),
        agrees=False,
    )
    if np.issubdtype(reference[0].dtype, np.inexact):
        return _judged_floats(measured, pairs, tolerance)
    differing = _share_differing(pairs)
    return attrs.evolve(measured, differing=differing, agrees=differing <= tolerance.flips)


def _judged_floats(measured: OutputParity, pairs: Pairs, tolerance: Tolerance) -> OutputParity:
    """Judge floats by their largest error, their RMS error, and the decisions of scores."""
    reference = [expected for expected, _ in pairs]
    near = tolerance.scale * measured.max_abs_value + tolerance.absolute
    decisions = agreement(pairs, near, tolerance.differing)
    rms, rms_bound = rms_error(pairs), tolerance.rms_bound(reference, scores=decisions is not None)
    bound = tolerance.bound(reference)
    if decisions is not None and decisions.can_be_refuted and rms_bound is not None:
        bound = max(bound, _OUTLIER * rms_bound)
    return attrs.evolve(
        measured,
        rms_error=rms,
        spread=spread_of(reference),
        rms_bound=rms_bound,
        agreement=decisions,
        cosine=cosine_similarity(pairs),
        bound=bound,
        agrees=measured.max_abs_error <= bound
        and (rms_bound is None or rms <= rms_bound)
        and not (decisions is not None and decisions.is_refuted),
    )


def _require_shapes(name: str, pairs: Pairs) -> None:
    for reference, result in pairs:
        if reference.shape != result.shape:
            raise ParityError(
                "An output of the file has another shape than the model's.",
                where=name,
                expected=str(reference.shape),
                received=str(result.shape),
            )


def _require_values(name: str, reference: Sequence[NDArray[Any]]) -> None:
    if not any(values.size for values in reference):
        raise ParityError(
            "An output is empty in each case, so that nothing of it was compared.",
            where=name,
            expected="values to compare",
            received=", ".join(str(values.shape) for values in reference),
            advice=advise("pass larger inputs: {samples}", samples=SAMPLES),
        )


def _share_differing(pairs: Pairs) -> float:
    count = sum(int(np.count_nonzero(reference != result)) for reference, result in pairs)
    return count / max(1, sum(reference.size for reference, _ in pairs))
