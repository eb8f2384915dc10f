"""Trace a plan's model to StableHLO, with the weights as arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from litert_ir.backends.failures import brief, failures_as
from litert_ir.backends.inference import InferenceCall
from litert_ir.backends.stablehlo_tracing import Lowered, Spec, lower_jax, lower_tensorflow
from litert_ir.backends.variables import variables_of
from litert_ir.conversion.stablehlo.sizes import Point
from litert_ir.conversion.stablehlo.traced import Argument, InputArgument, Traced
from litert_ir.conversion.stablehlo.weight_store import WeightStore
from litert_ir.errors import ConversionError
from litert_ir.ir.plan import OUTPUTS, ExportPlan
from litert_ir.visitors.flatten import flatten

KeepOps = Callable[[str], str]
"""Takes and gives a module's text: hides ops from TensorFlow's lowering."""


@attrs.frozen(eq=False)
class _WeightedCall:
    """A plan's model as a function of its weights and its flat inputs.

    It is equal to itself alone: JAX keeps what it traced by the callable.
    """

    plan: ExportPlan
    model: Any
    variables: tuple[Any, ...]

    def __call__(self, *flat: Any) -> list[Any]:
        count = len(self.variables)
        call = InferenceCall(self.model, self.plan.signature)
        nested = call.on_weights(flat[count:], self.variables, flat[:count])
        return list(flatten(self.plan.outputs, nested, OUTPUTS))

    def specs(self, point: Point) -> list[Spec]:
        weights = [Spec(tuple(v.shape), str(v.dtype)) for v in self.variables]
        inputs = zip(point.shapes, self.plan.inputs, strict=True)
        return weights + [Spec(shape, spec.dtype.value) for shape, spec in inputs]


def trace(plan: ExportPlan, model: Any, point: Point, keep: KeepOps) -> tuple[Traced, WeightStore]:
    """Trace with static shapes.

    Args:
        plan: Says how the model is called.
        model: Its variables are not read.
        point: The inputs' shapes.
        keep: Used on the TensorFlow backend.

    Returns:
        The module, and the arrays that its weight arguments stand for.

    Raises:
        ConversionError: When the model cannot be called on such shapes, or not lowered.
    """
    call = _WeightedCall(plan, model, variables_of(model))
    with failures_as(lambda error: _failure(point, error)):
        lowered = _lowered(plan, call, call.specs(point), keep)
    store = WeightStore(call.variables, lowered.captured)
    weights = store.parameters
    count = len(call.variables)
    inputs = [InputArgument(index) for index in range(len(plan.inputs))]
    arguments: tuple[Argument, ...] = (*weights[:count], *inputs, *weights[count:])
    outputs = len(plan.output_leaves)
    return Traced(module=lowered.module, arguments=arguments, outputs=outputs), store


def _lowered(
    plan: ExportPlan, call: _WeightedCall, specs: Sequence[Spec], keep: KeepOps
) -> Lowered:
    if plan.versions.backend == "jax":
        return lower_jax(call, specs)
    return lower_tensorflow(call, specs, keep)


def _failure(point: Point, error: Exception) -> ConversionError:
    return ConversionError(
        "The model cannot be lowered to StableHLO.",
        where=", ".join(map(str, point.shapes)),
        received=brief(error),
    )
