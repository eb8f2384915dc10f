"""A plan and its model as one function from flat tensors to flat tensors under wire names."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.backends.inference import OUTPUT_WIRE, InferenceCall
from litert_ir.ir.plan import ExportPlan


@attrs.frozen
class FlatCall:
    """Flat inputs in plan order to a dict of outputs whose sorted keys are in plan order.

    Attributes:
        plan: Says how flat and nested correspond.
        inference: The model's call.
    """

    plan: ExportPlan
    inference: InferenceCall

    def __call__(self, *flat: Any) -> dict[str, Any]:
        """Call the model on flat inputs."""
        outputs = self.inference.flat_outputs(flat, self.plan.outputs)
        return {OUTPUT_WIRE.format(i): output for i, output in enumerate(outputs)}

    @classmethod
    def of(cls, plan: ExportPlan, model: Any) -> FlatCall:
        """The flat call of a plan on its model."""
        return cls(plan, InferenceCall(model, plan.signature))
