"""Trace a plan's model to StableHLO, with the weights as arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import attrs

from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import brief, call_failures, failures_as
from litert_ir.backends.stablehlo_lowering import (
    Lowered,
    captured_by,
    graph_text,
    has_loops,
    legalized,
    lower_jax,
    prepared,
)
from litert_ir.backends.tensorflow.graph_limits import limits_in
from litert_ir.backends.tensorflow.graphs import TracedGraph, dynamic_graph, trace_graph
from litert_ir.backends.tensorflow.shape_refusals import value_dependent
from litert_ir.backends.tensorflow.value_shapes import ops_of_open_shape
from litert_ir.errors import ConversionError, LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.plan import OUTPUTS, ExportPlan
from litert_ir.ir.tensor import TensorSpec
from litert_ir.isolation.pending import Pending
from litert_ir.stablehlo.trace.points import Point, Shape
from litert_ir.stablehlo.trace.traced_function import Argument, InputArgument, Traced
from litert_ir.stablehlo.weights.store import WeightStore
from litert_ir.visitors.flatten import flatten

Shapes = tuple[Shape | None, ...]


class ModuleEditor(Protocol):
    """The edits of TensorFlow's modules, made in the child process as they need LiteRT's MLIR."""

    def specialize(self, module: str, points: tuple[Shapes, ...]) -> Pending[tuple[str, ...]]:
        """Give the arguments of ``main`` static shapes at each point; None leaves one as it is."""

    def keep(self, module: str) -> Pending[str]:
        """Hide ops from TensorFlow's lowering."""


@attrs.frozen(kw_only=True)
class Trace:
    """A model at one point.

    Attributes:
        traced: The module.
        store: The arrays that its weight arguments stand for.
        point: The inputs' shapes.
    """

    traced: Traced
    store: WeightStore
    point: Point


class Lowering(Protocol):
    """Lowers a call at points."""

    @property
    def limits(self) -> frozenset[int]:
        """Numbers that a dimension's size may have to exceed for all of the model to show."""

    def __call__(self, points: Sequence[Point]) -> Iterator[Lowered]:
        """One for each point, when it is asked for."""


@attrs.frozen
class Tracer:
    """Traces a plan's model at points; its big variables are not read.

    Attributes:
        plan: The plan, which defines the model's call.
        store: The model's variables.
        lower: Lowers it on its backend.
    """

    plan: ExportPlan
    store: WeightStore
    lower: Lowering

    @property
    def limits(self) -> frozenset[int]:
        """Numbers that a dimension's size may have to exceed for all of the model to show."""
        return self.lower.limits

    def __call__(self, points: Sequence[Point]) -> Iterator[Trace]:
        """A trace for each point, when it is asked for it.

        While a point is converted elsewhere, the next one is traced here.

        Raises:
            UnsupportedOpsError: When the model reads tables.
            ConversionError: When it cannot be called on such shapes, or not lowered.
        """
        lowered = self.lower(points)
        for point in points:
            yield _trace(self.plan, self.store, _next_of(lowered, point), point)


def tracer_for(plan: ExportPlan, model: Any, editor: ModuleEditor) -> Tracer:
    """Return the tracer for a plan's model.

    Args:
        plan: The plan, which defines the model's call.
        model: The model.
        editor: Used on the TensorFlow backend.
    """
    call = InferenceCall(model, plan.signature, in_floats=True)
    store = WeightStore(call.weights)
    lower = _JaxLowering(call) if _is_jax(plan) else _TensorFlowLowering(call, editor, store)
    return Tracer(plan, store, lower)


def _next_of(lowered: Iterator[Lowered], point: Point) -> Lowered:
    with failures_as(lambda error: _failure(point, error)):
        return next(lowered)


def _is_jax(plan: ExportPlan) -> bool:
    return plan.versions.backend is ConvertibleBackend.JAX


def _trace(plan: ExportPlan, variables: WeightStore, lowered: Lowered, point: Point) -> Trace:
    store = variables.with_captured(lowered.captured)
    weights, count = store.parameters, len(lowered.variables)
    inputs = [_input(index, spec) for index, spec in enumerate(plan.inputs)]
    arguments: tuple[Argument, ...] = (*weights[:count], *inputs, *weights[count:])
    results = tuple(flatten(plan.outputs, lowered.positions, OUTPUTS))
    traced = Traced(module=lowered.module, arguments=arguments, results=results)
    return Trace(traced=traced, store=store, point=point)


def _input(index: int, spec: TensorSpec) -> InputArgument:
    """An input of the plan; the first of its dimensions is the batch."""
    dynamic = [axis for axis, dim in enumerate(spec.shape) if not isinstance(dim, int)]
    return InputArgument(
        index,
        dynamic_axes=tuple(axis for axis in dynamic if axis),
        has_dynamic_batch=0 in dynamic,
    )


_UNSEEN = frozenset({1024})
"""The limit where the graph does not tell; masks of longer sequences take long to compile."""


@attrs.frozen
class _JaxLowering:
    """Each point is a trace."""

    call: InferenceCall

    @property
    def limits(self) -> frozenset[int]:
        """One limit, for those that no trace at a smaller size shows."""
        return _UNSEEN

    def __call__(self, points: Sequence[Point]) -> Iterator[Lowered]:
        return (lower_jax(self.call, point.shapes) for point in points)


@attrs.define
class _TensorFlowLowering:
    """One trace with dynamic dimensions is specialized for each point, where that is possible.

    TensorFlow's passes run here while the child process edits the module of another point.
    """

    call: InferenceCall
    editor: ModuleEditor
    store: WeightStore
    _graph: TracedGraph | None = None
    _module: str = ""
    _fails: bool = False

    @property
    def limits(self) -> frozenset[int]:
        """The limits of sizes in the graph with dynamic dimensions."""
        try:
            return limits_in(dynamic_graph(self.call).function.graph)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return _UNSEEN

    def __call__(self, points: Sequence[Point]) -> Iterator[Lowered]:
        done = 0
        if not self._fails:
            for lowered in self._specialized(points):
                yield lowered
                done += 1
            self._fails = done < len(points)
        for point in points[done:]:
            yield self._static(point)

    def _specialized(self, points: Sequence[Point]) -> Iterator[Lowered]:
        """One for each point, as far as that is possible."""
        graph = self._traced()
        if graph is None:
            return
        with ExitStack() as calls:
            marking: Pending[str] | None = None
            for module in self._modules(graph, points):
                ready = prepared(module)
                kept = None if marking is None else marking.result()
                marking = None if ready is None else calls.enter_context(self.editor.keep(ready))
                if kept is not None:
                    yield legalized(graph, kept)
                if marking is None:
                    return
            if marking is not None:
                yield legalized(graph, marking.result())

    def _traced(self) -> TracedGraph | None:
        """The trace with dynamic dimensions; None for one with loops.

        None also where the model computes with sizes in Python: it is traced at each point.
        """
        if self._graph is None:
            try:
                graph = dynamic_graph(self.call)
            except LiteRTIRError:
                raise
            except call_failures() as error:
                reraise_interruption(error)
                return None
            if has_loops(graph):
                return None
            self._graph, self._module = graph, graph_text(graph)
        return self._graph

    def _modules(self, graph: TracedGraph, points: Sequence[Point]) -> tuple[str, ...]:
        first, others = len(graph.variables), len(captured_by(graph, self._module))
        shapes: list[Shapes] = [
            (*(None,) * first, *point.shapes, *(None,) * others) for point in points
        ]
        with self.editor.specialize(self._module, tuple(shapes)) as specializing:
            self.store.small()  # read now, while the child is busy
            return specializing.result()

    def _static(self, point: Point) -> Lowered:
        graph = trace_graph(self.call, point.shapes)
        ready = prepared(graph_text(graph))
        if ready is None:
            raise value_dependent(
                "The model has shapes that do not follow from those of its inputs.",
                ops_of_open_shape(graph.function.graph.outputs),
                self.call.model,
            )
        with self.editor.keep(ready) as marking:
            return legalized(graph, marking.result())


def _failure(point: Point, error: Exception) -> ConversionError:
    return ConversionError(
        "The model cannot be lowered to StableHLO.",
        where=", ".join(map(str, point.shapes)),
        received=brief(error),
    )
