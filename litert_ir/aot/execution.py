"""Run a compiled file on this machine, if that is possible, and compare it with the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from litert_ir.aot.sdk import library_path
from litert_ir.backends.litert.aot_compiler import dispatch_folder_of
from litert_ir.backends.litert.compiled_model import run_compiled
from litert_ir.backends.model_failures import brief
from litert_ir.errors import AotError, ConversionError, ParityError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import TOLERANCE
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.targets import Device, SocTarget
from litert_ir.ir.tensor import DType
from litert_ir.isolation.time_limits import TimeBudget, running_s
from litert_ir.isolation.worker import Worker
from litert_ir.runtime.interface_reader import read_interface
from litert_ir.runtime.interpreter import Array, LoadedFile
from litert_ir.runtime.isolated import elements_of
from litert_ir.verification.cases import Case, iterate_flat
from litert_ir.verification.parity import ParityReport, compare_results
from litert_ir.verification.tolerance import tolerance_for
from litert_ir.verification.verify import Verification, require

FLOAT32_ARITHMETIC: Mapping[str, str] = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}
"""OpenVINO computes in bfloat16 on CPUs that have it, and takes no other precision from LiteRT for
a compiled file. Without those instructions it computes in float32, as the portable file does, so
that the comparison shows the compiler's error and not a CPU's rounding. Source: oneDNN's
documentation of ``ONEDNN_MAX_CPU_ISA``.
"""

_TYPES = frozenset({DType.FLOAT32, DType.FLOAT16, DType.INT32, DType.INT8, DType.UINT8, DType.BOOL})
"""The element types that `ai_edge_litert.tensor_buffer` reads and writes."""


def why_not_run(target: SocTarget, plan: ExportPlan) -> str:
    """Return the reason why a compiled file cannot be run here; empty if it can."""
    if target.device is not Device.CPU:
        return f"not run: that takes the {target.soc}'s NPU"
    if dispatch_folder_of(target.vendor) is None:
        return "not run: the installed ai-edge-litert has no runtime for it"
    specs = (*plan.inputs, *(leaf.spec for leaf in plan.output_leaves))
    others = sorted({spec.dtype.value for spec in specs if spec.dtype not in _TYPES})
    if others:
        return f"not run: LiteRT's TensorBuffer has no {' and no '.join(others)} in Python"
    return ""


@attrs.frozen(kw_only=True)
class CompiledFile:
    """A compiled file.

    Attributes:
        target: The target that it was compiled for.
        portable: The file that it was compiled from.
        path: Its path.
    """

    target: SocTarget
    portable: Path
    path: Path


def compare_compiled(
    file: CompiledFile, plan: ExportPlan, cases: Sequence[Case], verification: Verification
) -> ParityReport:
    """Run a compiled file through `CompiledModel` and compare it with the Keras model.

    Args:
        file: The file.
        plan: The plan that it was compiled from.
        cases: Inputs, and the Keras model's outputs for them.
        verification: The tolerance and the thresholds.

    Raises:
        AotError: When the file does not run, kills its process, gives differing results, or misses
            a threshold.
    """
    target = file.target
    inputs = [dict(iterate_flat(plan, case.inputs)) for case in cases]
    environment = {"LD_LIBRARY_PATH": library_path(target), **FLOAT32_ARITHMETIC}
    with Worker(environment=environment) as worker:
        try:
            results = worker.call(
                run_on_real_values,
                target,
                file.portable.absolute(),
                file.path.absolute(),
                inputs,
                time_limit_s=TimeBudget(verification.timeout).left(_limit_s(file, inputs)),
                task=f"running the file for {target}",
                translate=_failure,
            )
        except ConversionError as error:
            raise AotError(
                "The compiled file does not run.", where=str(target), received=str(error)
            ) from error
    report = compare_results(results, plan, cases, verification.tolerance or tolerance_for(plan))
    try:
        require(report, verification.thresholds)
    except ParityError as error:
        raise AotError(
            f"Of the compiled file: {error.summary}",
            where=f"{target}, {error.where}",
            expected=error.expected,
            received=error.received,
            advice=advise(
                "leave the target out, or accept the difference: {tolerance}", tolerance=TOLERANCE
            ),
        ) from error
    return report


def _limit_s(file: CompiledFile, inputs: Sequence[Mapping[str, Array]]) -> float:
    size = file.portable.stat().st_size + file.path.stat().st_size
    return running_s(size, elements_of(read_interface(file.portable), inputs))


def _failure(error: Exception) -> ConversionError:
    return ConversionError("LiteRT's CompiledModel fails.", received=brief(error))


def run_on_real_values(
    target: SocTarget, portable: Path, compiled: Path, inputs: Sequence[Mapping[str, Array]]
) -> list[dict[str, Array]]:
    """Run a compiled file in the child process, for `compare_compiled`.

    The scales of integer inputs and outputs are read from the portable file.
    """
    folder = dispatch_folder_of(target.vendor)
    if folder is None:
        raise FileNotFoundError(f"no dispatch library of {target.vendor.value}")
    scales = LoadedFile(portable)
    given = [
        {name: scales.quantize(name, values) for name, values in named.items()} for named in inputs
    ]
    outputs = [info.name for info in scales.interface.outputs]
    return [
        {name: scales.dequantize(name, taken[name]) for name in outputs}
        for taken in run_compiled(compiled, folder, given)
    ]
