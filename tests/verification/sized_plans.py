"""Plans of inputs of given shapes, whose model nobody calls."""

from __future__ import annotations

import attrs

from litert_ir import (
    AdapterSpec,
    Argument,
    Binding,
    DType,
    DynamicDim,
    ExportPlan,
    ModelKind,
    Signature,
    TensorSpec,
)
from tests.conversion.exports import plan_of


def plan_with(*shapes: tuple[int | DynamicDim, ...]) -> ExportPlan:
    """A plan with an input for each shape, and with one output, ``scores``."""
    specs = (
        TensorSpec(name=f"x{at}", shape=shape, dtype=DType.FLOAT32)
        for at, shape in enumerate(shapes)
    )
    signature = Signature(tuple(Argument(spec.name, spec) for spec in specs))
    plan = plan_of("single")
    inputs, outputs = (
        tuple(Binding(leaf.spec.name, leaf.path) for leaf in leaves)
        for leaves in (signature.leaves, plan.output_leaves)
    )
    adapter = AdapterSpec(inputs=inputs, outputs=outputs) if len(shapes) > 1 else None
    return attrs.evolve(plan, kind=ModelKind.SEQUENTIAL, signature=signature, adapter=adapter)
