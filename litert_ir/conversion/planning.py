"""Make a plan with its route, in this process or in a child that loads the model from a file."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.conversion.in_child.child_steps import PlanRequest, plan_here
from litert_ir.conversion.in_child.parent import ModelInChild
from litert_ir.conversion.request import ExportRequest
from litert_ir.conversion.route import Candidate, routed
from litert_ir.conversion.strategy_names import resolved
from litert_ir.errors import OptionsError
from litert_ir.hub.image_normalization import image_metadata
from litert_ir.hub.task_inputs import task_inputs
from litert_ir.ir.described_tensors import completed, misfits, named
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.plan import ExportPlan
from litert_ir.lowering.nesting import check_nesting
from litert_ir.samples.sizes import SampleSizes
from litert_ir.verification.verify import samples_of


def planned(
    model: Any, request: ExportRequest, child: ModelInChild | None
) -> tuple[ExportPlan, tuple[Candidate, ...]]:
    """The plan that `litert_ir.plan_for` gives, and the candidates of its route.

    Args:
        model: The model.
        request: The request.
        child: The process that has a copy of the model, where it has to go there.

    Raises:
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    check_nesting(request.input_signature)
    wanted = PlanRequest(
        input_signature=request.input_signature,
        batch_size=request.batch_size,
        options=request.options,
        task=task_inputs(model, request.registry, request.sizes, request.input_signature),
        seen=SampleSizes.of(samples_of(request.verify), request.dataset),
    )
    plan, _ = plan_here(model, wanted) if child is None else child.plan(wanted)
    described = attrs.evolve(plan, metadata=_metadata(plan, model, request.metadata))
    return routed(described, resolved(request.strategies, child))


def _metadata(plan: ExportPlan, model: Any, given: Metadata) -> Metadata:
    """The metadata of a plan's file: what is given, and what the model's preprocessor says.

    Raises:
        OptionsError: When they describe other tensors, with all that does not fit.
    """
    outputs = [leaf.spec for leaf in plan.output_leaves]
    wanted = named(given, plan.inputs, outputs)
    problems = list(misfits(wanted, plan.inputs, outputs))
    if problems:
        raise OptionsError(
            "The metadata do not fit the file's inputs and outputs.",
            where=problems[0].path,
            expected=problems[0].expected,
            received="; ".join([problems[0].received, *map(str, problems[1:])]),
        )
    known = image_metadata(model, plan.inputs)
    return named(completed(wanted, known), plan.inputs, outputs)
