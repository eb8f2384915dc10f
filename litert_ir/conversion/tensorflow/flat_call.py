"""A plan and its model as a function from flat tensors to named flat tensors."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.backends.keras.inference import OUTPUT_WIRE, InferenceCall
from litert_ir.ir.plan import ExportPlan


@attrs.frozen
class FlatCall:
    """Flat inputs in plan order to a dict of outputs in plan order.

    Attributes:
        plan: The plan, which relates flat to nested tensors.
        inference: The model's call.
        names: Of the outputs.
    """

    plan: ExportPlan
    inference: InferenceCall
    names: tuple[str, ...]

    def __call__(self, *flat: Any) -> dict[str, Any]:
        """Call the model on flat inputs."""
        outputs = self.inference.flat_outputs(flat, self.plan.outputs)
        return dict(zip(self.names, outputs, strict=True))

    @classmethod
    def of(cls, plan: ExportPlan, model: Any) -> FlatCall:
        """The flat call of a plan on its model; the outputs have the names of the file."""
        names = tuple(leaf.spec.name for leaf in plan.output_leaves)
        return cls(plan, _inference(plan, model), names)

    @classmethod
    def on_wires(cls, plan: ExportPlan, model: Any) -> FlatCall:
        """The same with wire names, whose sorted order is that of the plan."""
        names = tuple(OUTPUT_WIRE.format(index) for index in range(len(plan.output_leaves)))
        return cls(plan, _inference(plan, model), names)


def _inference(plan: ExportPlan, model: Any) -> InferenceCall:
    return InferenceCall(model, plan.signature, in_floats=True)
