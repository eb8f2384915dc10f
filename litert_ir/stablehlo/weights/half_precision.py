"""The variables of a model that its file stores in 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends.keras.layers import own_weights, paths_by_id
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.stored_types import StoredAs

_HALF = ("bfloat16", "float16")


def half_variables(plan: ExportPlan, model: Any, variables: Sequence[Any]) -> frozenset[int]:
    """The indices of the 16-bit variables of the layers that the plan stores as float16."""
    layers = {item.layer for item in plan.stored if item.weights is StoredAs.FLOAT16}
    if not layers:
        return frozenset()
    paths = paths_by_id(model)
    kept = {
        id(weight)
        for layer, weights in own_weights(model)
        if paths[id(layer)] in layers
        for weight in weights
        if str(weight.dtype) in _HALF
    }
    return frozenset(index for index, weight in enumerate(variables) if id(weight) in kept)
