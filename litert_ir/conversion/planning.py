"""Make a plan with its route, in this process or in a child that loads the model from a file."""

from __future__ import annotations

from typing import Any

from litert_ir.conversion.in_child.child_steps import PlanRequest, plan_here
from litert_ir.conversion.in_child.parent import ModelInChild
from litert_ir.conversion.request import ExportRequest
from litert_ir.conversion.route import Candidate, routed
from litert_ir.conversion.strategy_names import resolved
from litert_ir.hub.task_inputs import task_inputs
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
    return routed(plan, resolved(request.strategies, child))
