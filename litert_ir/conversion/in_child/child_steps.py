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
from litert_ir.lowering.lower import lower
from litert_ir.samples.samples import Sample
from litert_ir.samples.sizes import SampleSizes

PRELOAD = (__name__, "keras")
"""Modules that the child imports while the model is saved."""


@attrs.frozen(kw_only=True)
class PlanRequest:
    """A request for a plan, and the sizes of samples that the user has.

    It can be sent to another process, when what the user passed is `portable`.
    """

    input_signature: Any
    batch_size: int | None
    options: FileOptions
    task: TaskInputs | None
    seen: SampleSizes = attrs.field(factory=SampleSizes)


def plan_in_child(file: ModelFile, request: PlanRequest) -> str:
    """The JSON of the model's plan.

    Raises:
        ModelFileError: When the model cannot be loaded here.
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    with _without_warnings():
        return plan_here(load_model(file).model, request).to_json()


def plan_here(model: Any, request: PlanRequest) -> ExportPlan:
    """A plan without a route, made in this process.

    Raises:
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    return lower(
        model,
        input_signature=request.input_signature,
        batch_size=request.batch_size,
        options=request.options,
        task=request.task,
        seen=request.seen,
    )


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
