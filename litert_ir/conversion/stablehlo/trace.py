"""Trace a plan's model to StableHLO, with the weights as arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import attrs

from litert_ir.backends import ConvertibleBackend
from litert_ir.backends.failures import brief, failures_as
from litert_ir.backends.inference import InferenceCall
from litert_ir.backends.stablehlo_tracing import (
    Lowered,
    graph_text,
    has_loops,
    lower_jax,
    lower_tensorflow,
)
from litert_ir.backends.tensorflow_graphs import TracedGraph, dynamic_graph, trace_graph
from litert_ir.conversion.stablehlo.sizes import Point, Shape
from litert_ir.conversion.stablehlo.traced import Argument, InputArgument, Traced
from litert_ir.conversion.stablehlo.weights.store import WeightStore
from litert_ir.errors import ConversionError
from litert_ir.ir.plan import OUTPUTS, ExportPlan
from litert_ir.visitors.flatten import flatten


class ModuleEditor(Protocol):
    """What is done to TensorFlow's modules on the way; elsewhere, as it takes LiteRT's MLIR."""

    def specialize(self, module: str, shapes: tuple[Shape | None, ...]) -> str:
        """Give the arguments of ``main`` static shapes; None leaves one as it is."""

    def keep(self, module: str) -> str:
        """Hide ops from TensorFlow's lowering."""


@attrs.frozen(kw_only=True)
class Trace:
    """A model at one point.

    Attributes:
        traced: The module.
        store: The arrays that its weight arguments stand for.
    """

    traced: Traced
    store: WeightStore


Tracer = Callable[[Point], Trace]


def tracer_for(plan: ExportPlan, model: Any, editor: ModuleEditor) -> Tracer:
    """What traces a plan's model at points; its variables are not read.

    Args:
        plan: Says how the model is called.
        model: The model.
        editor: Used on the TensorFlow backend.

    Returns:
        A function of a point. It raises UnsupportedOpsError when the model reads tables, and
        ConversionError when it cannot be called on such shapes, or not lowered.
    """
    call = InferenceCall(model, plan.signature)
    lower = _JaxLowering(call) if _is_jax(plan) else _TensorFlowLowering(call, editor)

    def trace(point: Point) -> Trace:
        with failures_as(lambda error: _failure(point, error)):
            return _trace(plan, lower(point))

    return trace


def _is_jax(plan: ExportPlan) -> bool:
    return plan.versions.backend == ConvertibleBackend.JAX.value


def _trace(plan: ExportPlan, lowered: Lowered) -> Trace:
    store = WeightStore(lowered.variables, lowered.captured)
    weights, count = store.parameters, len(lowered.variables)
    inputs = [InputArgument(index) for index in range(len(plan.inputs))]
    arguments: tuple[Argument, ...] = (*weights[:count], *inputs, *weights[count:])
    results = tuple(flatten(plan.outputs, lowered.positions, OUTPUTS))
    return Trace(
        traced=Traced(module=lowered.module, arguments=arguments, results=results), store=store
    )


@attrs.frozen
class _JaxLowering:
    """Each point is a trace."""

    call: InferenceCall

    def __call__(self, point: Point) -> Lowered:
        return lower_jax(self.call, point.shapes)


@attrs.define
class _TensorFlowLowering:
    """One trace with dynamic dimensions is specialized for each point, where that is possible."""

    call: InferenceCall
    editor: ModuleEditor
    _graph: TracedGraph | None = None
    _module: str = ""
    _fails: bool = False

    def __call__(self, point: Point) -> Lowered:
        if not self._fails:
            lowered = self._specialized(point)
            if lowered is not None:
                return lowered
            self._fails = True
        return self._static(point)

    def _specialized(self, point: Point) -> Lowered | None:
        if self._graph is None:
            self._graph = dynamic_graph(self.call)
            if has_loops(self._graph):
                return None
            self._module = graph_text(self._graph)
        graph = self._graph
        others = len(graph.function.inputs) - len(graph.variables) - len(point.shapes)
        shapes = (*(None,) * len(graph.variables), *point.shapes, *(None,) * others)
        module = self.editor.specialize(self._module, shapes)
        return lower_tensorflow(graph, module, self.editor.keep)

    def _static(self, point: Point) -> Lowered:
        graph = trace_graph(self.call, point.shapes)
        lowered = lower_tensorflow(graph, graph_text(graph), self.editor.keep)
        if lowered is None:
            raise ConversionError(
                "The model has shapes that do not follow from those of its inputs.",
                where=f"model {self.call.model.name!r}",
                expected="shapes that are known before the file runs",
            )
        return lowered


def _failure(point: Point, error: Exception) -> ConversionError:
    return ConversionError(
        "The model cannot be lowered to StableHLO.",
        where=", ".join(map(str, point.shapes)),
        received=brief(error),
    )
