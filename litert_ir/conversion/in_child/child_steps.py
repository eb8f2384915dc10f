"""The steps that run in the child process: make a plan, or convert."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from litert_ir.conversion.in_child.exchange import write_content
from litert_ir.conversion.in_child.loading import load_model
from litert_ir.conversion.in_child.saving import ModelFile
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.hub.task_inputs import TaskInputs
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.plan import ExportPlan
from litert_ir.lowering.file_match import FileTensor, TensorMatch
from litert_ir.lowering.fit_to_file import FitToFile
from litert_ir.lowering.lower import lower
from litert_ir.samples.samples import Sample
from litert_ir.samples.sizes import SampleSizes

PRELOAD = (__name__, "keras")
"""Modules that the child imports while the model is saved."""


@attrs.frozen(kw_only=True)
class PlanRequest:
    """A request for a plan, and the sizes of samples that the user has.

    It can be sent to another process, when what the user passed is `portable`.

    Attributes:
        input_signature: As the user gave it.
        batch_size: As the user gave it.
        options: The options of the file.
        task: The inputs of a task's configuration.
        seen: The sizes of the samples.
        file_inputs: The inputs of the existing file that the plan has to fit; None for any plan.
    """

    input_signature: Any
    batch_size: int | None
    options: FileOptions
    task: TaskInputs | None
    seen: SampleSizes = attrs.field(factory=SampleSizes)
    file_inputs: tuple[FileTensor, ...] | None = None


Matches = tuple[TensorMatch, ...]
"""The inputs of a plan, and those of the file that it fits."""


def plan_in_child(file: ModelFile, request: PlanRequest) -> tuple[str, Matches]:
    """The JSON of the model's plan, and how its inputs match those of a file.

    Raises:
        ModelFileError: When the model cannot be loaded here.
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    with _without_warnings():
        plan, matches = plan_here(load_model(file).model, request)
    return plan.to_json(), matches


def plan_here(model: Any, request: PlanRequest) -> tuple[ExportPlan, Matches]:
    """A plan without a route, made in this process, and how its inputs match those of a file.

    Raises:
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    given = {
        "input_signature": request.input_signature,
        "batch_size": request.batch_size,
        "options": request.options,
        "task": request.task,
        "seen": request.seen,
    }
    if request.file_inputs is None:
        return lower(model, **given), ()
    fit = FitToFile(request.file_inputs)
    return lower(model, **given, fit=fit), fit.matches


def convert_in_child(
    file: ModelFile,
    strategy: ConversionStrategy,
    plan_json: str,
    calibration: Iterable[Sample] | None,
    target: Path,
) -> None:
    """Write the file that a strategy makes.

    Raises:
        ModelFileError: When the model cannot be loaded here.
        ConversionError: When the strategy does not succeed.
    """
    plan = ExportPlan.from_json(plan_json)
    with _without_warnings():
        model = load_model(file).whole(plan.signature)
        write_content(target, strategy.convert(plan, model, calibration).content)


def _without_warnings() -> warnings.catch_warnings[None]:
    """Silence warnings: nobody sees them here, and the user may have turned them into errors."""
    return warnings.catch_warnings(action="ignore")
