"""Make a plan with its route: in this process, or in one that loads the model from a file."""

from __future__ import annotations

from typing import Any

from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.in_child.child_steps import PlanRequest, plan_here
from litert_ir.conversion.in_child.parent import Through, child_where_needed
from litert_ir.conversion.in_child.strategy import in_child
from litert_ir.conversion.route import routed
from litert_ir.ir.plan import ExportPlan
from litert_ir.lowering.nesting import check_nesting

__all__ = ["PlanRequest", "planned"]


def planned(model: Any, request: PlanRequest, through: Through) -> ExportPlan:
    """The plan that `litert_ir.plan_for` gives.

    Args:
        model: The model.
        request: What is asked of it.
        through: How it gets to a child process, where it has to.

    Raises:
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    check_nesting(request.input_signature)
    with child_where_needed(model, through) as child:
        plan = plan_here(model, request) if child is None else child.plan(request)
        return routed(plan, in_child(DEFAULT_STRATEGIES, child))[0]
