"""Decide whether a LiteRT file matches its plan and its Keras model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.errors import FileRejectedError, OptionsError, ParityError, SamplesError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import COMPARE, OTHER_STRATEGIES, SAMPLES, TOLERANCE, UNVERIFIED
from litert_ir.ir.dimensions import same_but_for_source
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import DType, TensorSpec, shape_text
from litert_ir.isolation.time_limits import TimeBudget
from litert_ir.runtime.interface_reader import FileInterface, TensorInfo, read_interface
from litert_ir.samples.remembered import rereadable
from litert_ir.verification.bound_file import BoundFile
from litert_ir.verification.cases import Case
from litert_ir.verification.parity import ParityReport, compare
from litert_ir.verification.thresholds import Thresholds
from litert_ir.verification.tolerance import Tolerance, tolerance_for

_NO_THRESHOLDS = Thresholds()
_LEAST_COMPARED = 4
"""The number of calibration samples that reveal a wrong file at the cost of few model runs."""
_COMPARED = 32
"""The number of calibration samples that suffice to judge decisions; a model that takes 100 ms per
run takes seconds.
"""
_COMPARED_FOR_THRESHOLDS = 64
"""The number of calibration samples for a share of rows or a mean to be meaningful."""


@attrs.frozen(kw_only=True)
class Verification:
    """Options for comparing a file with its model.

    Attributes:
        samples: Inputs to compare on, in the forms of a representative dataset, or an iterator
            over such; None for seeded random ones (calibration samples when the file is
            calibrated).
        tolerance: The accepted difference; None for that of the plan's precision and of the
            types in which the model computes.
        thresholds: Limits that the outputs have to keep beyond that.
        calibration_samples: The number of samples, from the first one on, to compare on: of
            ``samples``, else of those of the calibration; fewer than that are an error. None for
            all ``samples``, or the first 64 of the calibration. An export without a threshold takes
            32, or as many as fit into 64 MiB with the outputs, but at least 4.
        timeout: Seconds that comparing one file may take in the child process, all sizes
            together, its start included; running the model is not counted. None for many times
            what such files take: at least 12 for each call, and more for large ones.
    """

    samples: Iterable[Any] | None = attrs.field(default=None, converter=rereadable)
    tolerance: Tolerance | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(Tolerance))
    )
    thresholds: Thresholds = attrs.field(
        default=_NO_THRESHOLDS, validator=attrs.validators.instance_of(Thresholds)
    )
    calibration_samples: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            attrs.validators.and_(attrs.validators.instance_of(int), attrs.validators.ge(1))
        ),
    )

    timeout: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            attrs.validators.and_(
                attrs.validators.instance_of((int, float)), attrs.validators.gt(0)
            )
        ),
    )

    @property
    def most_calibration_samples(self) -> int:
        """The largest number of calibration samples to compare on."""
        if self.calibration_samples is not None:
            return self.calibration_samples
        return _COMPARED_FOR_THRESHOLDS if self.thresholds.are_set else _COMPARED

    @property
    def least_calibration_samples(self) -> int:
        """The number of calibration samples to compare on however much memory they take."""
        is_said = self.calibration_samples is not None or self.thresholds.are_set
        return self.most_calibration_samples if is_said else _LEAST_COMPARED


def check_comparable(verify: bool | Verification, *, calibrated: bool) -> None:
    """Require samples where the caller says how many of them to compare on.

    Args:
        verify: Whether and how to compare.
        calibrated: Whether there are samples to calibrate on.

    Raises:
        OptionsError: When there are none.
    """
    if isinstance(verify, bool) or verify.calibration_samples is None:
        return
    if verify.samples is None and not calibrated:
        raise OptionsError(
            "There are no samples to compare so many of.",
            where=COMPARE.keyword,
            expected="samples to compare on, or to calibrate on",
            received=f"{verify.calibration_samples} of none",
            advice=advise(
                "pass {samples}, or leave the number out: the file is compared on random inputs "
                "then",
                samples=SAMPLES,
            ),
        )


def require_enough(found: int, wanted: int | None) -> None:
    """Require as many samples as the caller asks for.

    Args:
        found: The number of samples.
        wanted: The number asked for; None for any.

    Raises:
        SamplesError: When there are fewer.
    """
    if wanted is not None and found < wanted:
        raise SamplesError(
            "There are fewer samples than the file shall be compared on.",
            where=COMPARE.keyword,
            expected=f"at least {wanted}",
            received=str(found),
            advice="pass more samples, or a smaller number",
        )


def samples_of(verify: bool | Verification) -> Any:
    """Return the samples that the user wants a file to be compared on; None for none."""
    return None if isinstance(verify, bool) else verify.samples


def verify_file(
    path: Path,
    plan: ExportPlan,
    cases: Sequence[Case],
    verification: Verification | None = None,
    budget: TimeBudget | None = None,
) -> ParityReport:
    """Compare the file's interface and its results with plan and model.

    The file runs in the child process of `litert_ir.isolation`, which it may crash.

    Args:
        path: The file.
        plan: The plan that the file was converted from.
        cases: Inputs, and the Keras model's outputs for them.
        verification: The tolerance, the timeout and the thresholds; by default, those of the plan's
            precision.
        budget: The seconds that are left where the file was compared before; by default all that
            the verification allows.

    Raises:
        FileRejectedError: When the file does not load or run, or has another interface.
        ConverterCrashed: When it does not end in time, or the process is killed from outside.
        ParityError: When its results differ, or it misses a threshold.
    """
    wanted = verification or Verification()
    report = measured_parity(path, plan, cases, wanted, budget)
    require(report, wanted.thresholds)
    return report


def measured_parity(
    path: Path,
    plan: ExportPlan,
    cases: Sequence[Case],
    wanted: Verification,
    budget: TimeBudget | None = None,
) -> ParityReport:
    """Compare as `verify_file` does, and leave the judgement to the caller.

    Raises:
        FileRejectedError: When the file does not load or run, or has another interface.
        ConverterCrashed: When it does not end in time, or the process is killed from outside.
        ParityError: When an output has another shape.
    """
    check_interface(read_interface(path), plan)
    tolerance = wanted.tolerance or tolerance_for(plan)
    file = BoundFile.by_name(path, plan)
    report = compare(file, plan, cases, tolerance, budget or TimeBudget(wanted.timeout))
    return warned(report, wanted.thresholds)


def warned(report: ParityReport, thresholds: Thresholds) -> ParityReport:
    """Warn of thresholds that were judged on random inputs alone."""
    if not (thresholds.are_set and report.is_on_random_inputs):
        return report
    warning = (
        "the thresholds are judged on random inputs alone, which says little about your data: "
        "pass samples of it (Verification(samples=...), --samples)"
    )
    return attrs.evolve(report, warnings=(*report.warnings, warning))


_ACCEPTABLE = advise(
    "where such a difference is acceptable, say so: {tolerance}, or skip this "
    "({unverified}); else {others}, or other options where the file is quantized",
    tolerance=TOLERANCE,
    unverified=UNVERIFIED,
    others=OTHER_STRATEGIES,
)


def require(report: ParityReport, thresholds: Thresholds, advice: str = _ACCEPTABLE) -> None:
    """Require outputs that agree with the reference, and that keep the user's thresholds.

    Args:
        report: The comparison.
        thresholds: The limits to keep.
        advice: The next step for a file that differs.

    Raises:
        ParityError: When an output differs, or misses a threshold; the error names the output, the
            metric, the required and the measured value.
    """
    if not report.agrees:
        raise ParityError(
            f"The file does not compute what {report.reference} computes.",
            where=", ".join(output.name for output in report.outputs if not output.agrees),
            expected=f"differences of at most {report.tolerance}",
            received=str(report),
            advice=advice,
        )
    failures = thresholds.failures(report.outputs)
    if failures:
        raise ParityError(
            "The file misses a threshold.",
            where=", ".join(dict.fromkeys(failure.output for failure in failures)),
            expected="; ".join(f"{failure.output}: {failure.required}" for failure in failures),
            received=f"{'; '.join(map(str, failures))}, on {report.cases} input(s)",
            advice="keep the layers with the largest errors in float or in 16 bits, calibrate on "
            "more typical samples, or lower the threshold",
        )


def check_interface(interface: FileInterface, plan: ExportPlan) -> None:
    """Require the plan's names, order, types and shapes.

    If the file names and bounds its dynamic dimensions, they have to be the plan's. Output sizes
    have to be equal only where both the plan and the file know them: the runtime determines the
    others.

    Raises:
        FileRejectedError: When they differ.
    """
    if not interface.orders_agree:
        raise FileRejectedError(
            "The file's signature and its subgraph order the tensors differently.",
            advice="pass other strategies",
        )
    recipe = plan.options.recipe
    inputs = [_as_in_file(spec, recipe.input_type) for spec in plan.inputs]
    if list(interface.inputs) != inputs:
        raise _another_interface("inputs", inputs, interface.inputs)
    for spec, info in zip(plan.inputs, interface.inputs, strict=True):
        if info.dims is not None and not all(map(same_but_for_source, spec.shape, info.dims)):
            raise FileRejectedError(
                "The file's dimensions have other names or bounds than the plan's.",
                where=f"input {spec.name!r}",
                expected=shape_text(spec.shape),
                received=shape_text(info.dims),
                advice=advise("{others}", others=OTHER_STRATEGIES),
            )
    outputs = [_as_in_file(leaf.spec, recipe.output_type) for leaf in plan.output_leaves]
    if len(outputs) != len(interface.outputs) or not all(map(_agree, outputs, interface.outputs)):
        raise _another_interface("outputs", outputs, interface.outputs)


def _as_in_file(spec: TensorSpec, inference_type: DType) -> TensorInfo:
    dtype = inference_type if spec.dtype is DType.FLOAT32 else spec.dtype
    return TensorInfo(name=spec.name, shape=spec.sizes, dtype=dtype.value)


def _agree(wanted: TensorInfo, found: TensorInfo) -> bool:
    known = zip(wanted.shape, found.shape, strict=False)
    return (wanted.name, wanted.dtype) == (found.name, found.dtype) and all(
        a == b for a, b in known if a is not None and b is not None
    )


def _another_interface(
    side: str, wanted: Sequence[TensorInfo], found: Sequence[TensorInfo]
) -> FileRejectedError:
    return FileRejectedError(
        f"The file's {side} are not the plan's.",
        expected=", ".join(map(str, wanted)),
        received=", ".join(map(str, found)),
        advice=advise("{others}", others=OTHER_STRATEGIES),
    )
