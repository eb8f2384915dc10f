"""Decide whether a LiteRT file computes what its Keras model computes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import FileRejectedError, ParityError
from litert_ir.ir.options import Precision
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.runtime.given_samples import Samples
from litert_ir.runtime.interface import FileInterface
from litert_ir.runtime.runner import LiteRTFile
from litert_ir.runtime.samples import Arrays, Case, given_cases, iterate_flat, random_cases


@attrs.frozen(kw_only=True)
class Tolerance:
    """How far an output of the file may be from the model's.

    The bound of an output is ``spread * (max - min) + scale * max|x| + absolute``, with max
    and min over what the Keras model gives for all inputs compared on: relative to the
    differences that carry the result, so that outputs that are all small, or all alike, are
    compared as strictly as those of order one.

    Attributes:
        spread: Share of the difference between the largest and the smallest value.
        scale: Share of the largest magnitude, for rounding in the arithmetic.
        absolute: A fixed amount; 0 for float files.
    """

    spread: float
    scale: float
    absolute: float = 0.0

    def bound(self, reference: NDArray[Any]) -> float:
        """The largest accepted difference for one output, in its own unit."""
        relative = self.spread * _spread(reference) + self.scale * _magnitude(reference)
        return relative + self.absolute


TOLERANCES = {
    Precision.FLOAT: Tolerance(spread=1e-3, scale=2e-5),
    Precision.FLOAT16_WEIGHTS: Tolerance(spread=2e-2, scale=2e-3),
    Precision.DYNAMIC_RANGE: Tolerance(spread=0.1, scale=0.02),
    Precision.INTEGER: Tolerance(spread=0.2, scale=0.05, absolute=1 / 128),
    Precision.INTEGER_16X8: Tolerance(spread=0.1, scale=0.02, absolute=1 / 1024),
}
"""Float files differ by the order of summation only. Quantized ones differ by half a step of
1/255 (8 bits) of the range per tensor, added up over layers; softmax and logistic outputs are
stored in steps of 1/256, hence the absolute part."""


_TELLING_SPREAD = 1e-2


@attrs.frozen(kw_only=True)
class Verification:
    """How to compare a file with its model.

    Attributes:
        samples: Inputs to compare on, in the forms of a representative dataset; None for
            seeded random ones (calibration samples when the file is calibrated).
        tolerance: The accepted difference; None for that of the plan's precision.
    """

    samples: Iterable[Any] | None = None
    tolerance: Tolerance | None = None


@attrs.frozen(kw_only=True)
class OutputParity:
    """How one output of the file compares with the model's, over all cases.

    Attributes:
        name: The output's name.
        max_abs_error: The largest difference of an element, in the output's own unit.
        bound: The largest accepted difference.
        max_abs_value: The model's largest magnitude.
        spread: The difference between the model's largest and smallest value, over all
            inputs compared on.
        agrees: Whether the difference is within the bound.
    """

    name: str
    max_abs_error: float
    bound: float
    max_abs_value: float
    spread: float
    agrees: bool

    @property
    def is_telling(self) -> bool:
        """Whether the values differ enough for an agreement to mean something."""
        return self.spread > _TELLING_SPREAD * self.max_abs_value

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DIFFERS"
        doubt = "" if self.is_telling else "; all values are alike, which shows little"
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


def verify_file(
    path: Path,
    plan: ExportPlan,
    model: Any,
    verification: Verification,
    calibration: Sequence[Arrays] = (),
) -> ParityReport:
    """Load and run the file, and compare its interface and its results with plan and model.

    Args:
        path: The file.
        plan: What it was made for.
        model: The Keras model.
        verification: What to compare on, and how strictly.
        calibration: Some calibration samples, on which a calibrated file is compared.

    Raises:
        FileRejectedError: When it does not load or run, or has another interface.
        ParityError: When it computes something else.
    """
    file = LiteRTFile(path)
    check_interface(file.interface, plan)
    samples = tuple(Samples(plan, verification.samples or calibration))
    cases = given_cases(plan, model, samples) if samples else random_cases(plan, model)
    tolerance = verification.tolerance or TOLERANCES[plan.options.precision]
    report = compare(file, plan, cases, tolerance)
    if not report.agrees:
        raise ParityError(
            "The file does not compute what the Keras model computes.",
            where=", ".join(output.name for output in report.outputs if not output.agrees),
            expected=str(tolerance),
            received=str(report),
        )
    return report


def check_interface(interface: FileInterface, plan: ExportPlan) -> None:
    """Require the plan's names and order, and its inputs' shapes and types.

    Raises:
        FileRejectedError: When they differ.
    """
    options = plan.options
    wanted = [
        (spec.name, spec.sizes, _file_dtype(spec, options.inference_input_type))
        for spec in plan.inputs
    ]
    found = [(info.name, info.shape, info.dtype) for info in interface.inputs]
    if found != wanted:
        raise FileRejectedError(
            "The file's inputs are not the plan's.", expected=str(wanted), received=str(found)
        )
    names = [leaf.spec.name for leaf in plan.output_leaves]
    found_names = [info.name for info in interface.outputs]
    if found_names != names:
        raise FileRejectedError(
            "The file's outputs are not the plan's.",
            expected=str(names),
            received=str(found_names),
        )


def _file_dtype(spec: TensorSpec, inference_type: DType) -> str:
    return (inference_type if spec.dtype is DType.FLOAT32 else spec.dtype).value


def compare(
    file: LiteRTFile, plan: ExportPlan, cases: Sequence[Case], tolerance: Tolerance
) -> ParityReport:
    """Run the file on each case and measure how far it is from the reference."""
    results = [_run(file, plan, case) for case in cases]
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


def _run(file: LiteRTFile, plan: ExportPlan, case: Case) -> list[NDArray[Any]]:
    feed = {name: file.quantize(name, a) for name, a in iterate_flat(plan, case.inputs)}
    results = file.run(feed)
    return [file.dequantize(name, values) for name, values in results.items()]


def _output_parity(
    name: str, pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]], tolerance: Tolerance
) -> OutputParity:
    reference = np.concatenate([expected.ravel() for expected, _ in pairs])
    error = max(_difference(name, expected, result) for expected, result in pairs)
    bound = _bound(tolerance, reference)
    return OutputParity(
        name=name,
        max_abs_error=error,
        bound=bound,
        max_abs_value=_magnitude(reference),
        spread=_spread(reference),
        agrees=error <= bound,
    )


def _bound(tolerance: Tolerance, reference: NDArray[Any]) -> float:
    """Integers and booleans have to be equal."""
    exact = not np.issubdtype(reference.dtype, np.inexact)
    return 0.0 if exact else tolerance.bound(reference)


def _difference(name: str, reference: NDArray[Any], result: NDArray[Any]) -> float:
    if reference.shape != result.shape:
        raise ParityError(
            "An output of the file has another shape than the model's.",
            where=name,
            expected=str(reference.shape),
            received=str(result.shape),
        )
    if not np.issubdtype(reference.dtype, np.inexact):
        return _exact_difference(reference, result)
    wide = np.complex128 if np.iscomplexobj(reference) else np.float64
    ours, theirs = result.astype(wide), reference.astype(wide)
    finite = np.isfinite(theirs)
    if not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True):
        return float("inf")
    errors = np.abs(ours[finite] - theirs[finite])
    return float(errors.max(initial=0.0)) if np.isfinite(errors).all() else float("inf")


def _exact_difference(reference: NDArray[Any], result: NDArray[Any]) -> float:
    """At least 1 where any element differs: float64 cannot tell large integers apart."""
    differs = reference != result
    if not differs.any():
        return 0.0
    distances = np.abs(result[differs].astype(float) - reference[differs].astype(float))
    return max(1.0, float(distances.max()))


def _magnitude(values: NDArray[Any]) -> float:
    return float(np.abs(_finite(values)).max(initial=0.0))


def _spread(values: NDArray[Any]) -> float:
    finite = _finite(values)
    if finite.size == 0:
        return 0.0
    return max(float(np.ptp(finite.real)), float(np.ptp(finite.imag)))


def _finite(values: NDArray[Any]) -> NDArray[np.complex128]:
    return np.asarray(values[np.isfinite(values)], dtype=np.complex128)
