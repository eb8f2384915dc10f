"""Measure how far a LiteRT file is from its Keras model, output by output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import ParityError
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.cases import Case, iterate_flat
from litert_ir.runtime.isolated import run_isolated
from litert_ir.runtime.tolerance import Tolerance, magnitude_of, variation_of

_TELLING_VARIATION = 1e-2


@attrs.frozen(kw_only=True)
class OutputParity:
    """How one output of the file compares with the model's, over all cases.

    Attributes:
        name: The output's name.
        max_abs_error: The largest difference of an element, in the output's own unit.
        bound: The largest accepted difference of a float output; 0 for others.
        differing: Share of integer or boolean values that differ; None for float outputs.
        max_abs_value: The model's largest magnitude.
        variation: How much the model's values vary between samples; see `Tolerance`.
        agrees: Whether the difference is accepted.
    """

    name: str
    max_abs_error: float
    bound: float
    differing: float | None = None
    max_abs_value: float
    variation: float
    agrees: bool

    @property
    def is_telling(self) -> bool:
        """Whether the values vary enough for an agreement to mean something."""
        return self.variation > _TELLING_VARIATION * self.max_abs_value

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DIFFERS"
        doubt = "" if self.is_telling else "; hardly varies between inputs, which shows little"
        if self.differing is not None:
            return f"{self.name}: {verdict}, {self.differing:.2%} of the values differ{doubt}"
        return (
            f"{self.name}: {verdict}, max |difference| {self.max_abs_error:.2e} "
            f"(accepted {self.bound:.2e}, max |value| {self.max_abs_value:.2e}{doubt})"
        )


@attrs.frozen(kw_only=True)
class ParityReport:
    """The comparison of a file with its model.

    Attributes:
        outputs: One entry per output, in the file's order.
        tolerance: What was accepted.
        cases: Number of inputs compared on.
        input_shapes: The shapes of the inputs of each case, in the file's order.
    """

    outputs: tuple[OutputParity, ...]
    tolerance: Tolerance
    cases: int
    input_shapes: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def agrees(self) -> bool:
        """Whether the file computes what the model computes, within the tolerance."""
        return all(output.agrees for output in self.outputs)

    @property
    def max_abs_error(self) -> float:
        """The largest difference over all outputs."""
        return max(output.max_abs_error for output in self.outputs)

    def __str__(self) -> str:
        lines = [f"compared with the Keras model on {self.cases} input(s):"]
        return "\n".join([*lines, *(f"  {output}" for output in self.outputs)])


def compare(
    path: Path, plan: ExportPlan, cases: Sequence[Case], tolerance: Tolerance
) -> ParityReport:
    """Run the file on each case, isolated, and measure how far it is from the reference.

    Raises:
        FileRejectedError: When the file does not load or run, or kills the process.
        ParityError: When an output has another shape.
    """
    results = run_isolated(path, [dict(iterate_flat(plan, case.inputs)) for case in cases])
    return compare_results(results, plan, cases, tolerance)


def compare_results(
    named: Sequence[Mapping[str, NDArray[Any]]],
    plan: ExportPlan,
    cases: Sequence[Case],
    tolerance: Tolerance,
) -> ParityReport:
    """Measure how far results are from the reference.

    Args:
        named: Arrays by output name, in the file's order, for each case.
        plan: What the file was made for.
        cases: Inputs, and what the Keras model makes of them.
        tolerance: The accepted difference.

    Raises:
        ParityError: When an output has another shape.
    """
    results = [tuple(arrays.values()) for arrays in named]
    outputs = tuple(
        _output_parity(
            leaf.spec.name,
            [(case.outputs[i], result[i]) for case, result in zip(cases, results, strict=True)],
            tolerance,
        )
        for i, leaf in enumerate(plan.output_leaves)
    )
    return ParityReport(
        outputs=outputs,
        tolerance=tolerance,
        cases=len(cases),
        input_shapes=tuple(tuple(array.shape for array in case.inputs) for case in cases),
    )


def _output_parity(
    name: str, pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]], tolerance: Tolerance
) -> OutputParity:
    _require_shapes(name, pairs)
    reference = [expected for expected, _ in pairs]
    exact = not np.issubdtype(reference[0].dtype, np.inexact)
    error = max(_difference(expected, result) for expected, result in pairs)
    differing = _share_differing(pairs) if exact else None
    bound = 0.0 if exact else tolerance.bound(reference)
    return OutputParity(
        name=name,
        max_abs_error=error,
        bound=bound,
        differing=differing,
        max_abs_value=max(magnitude_of(values) for values in reference),
        variation=variation_of(reference),
        agrees=error <= bound if differing is None else differing <= tolerance.flips,
    )


def _require_shapes(name: str, pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> None:
    for reference, result in pairs:
        if reference.shape != result.shape:
            raise ParityError(
                "An output of the file has another shape than the model's.",
                where=name,
                expected=str(reference.shape),
                received=str(result.shape),
            )


def _share_differing(pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> float:
    count = sum(int(np.count_nonzero(reference != result)) for reference, result in pairs)
    return count / max(1, sum(reference.size for reference, _ in pairs))


def _difference(reference: NDArray[Any], result: NDArray[Any]) -> float:
    wide = np.complex128 if np.iscomplexobj(reference) else np.float64
    ours, theirs = result.astype(wide), reference.astype(wide)
    finite = np.isfinite(theirs)
    if not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True):
        return float("inf")
    errors = np.abs(ours[finite] - theirs[finite])
    return float(errors.max(initial=0.0)) if np.isfinite(errors).all() else float("inf")
