"""Tracing on TensorFlow, whose graphs have dimensions of unknown size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_tensorflow
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import call_failures
from litert_ir.backends.static_traces import Shapes, results_at_numbers
from litert_ir.backends.tensorflow.graphs import dynamic_graph, trace_graph
from litert_ir.backends.tracer import Tracer
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.tensor import DType


@attrs.frozen
class TensorFlowTracer(Tracer):
    """Calls models in a `tf.function`."""

    @override
    def build(self, call: InferenceCall) -> None:
        """Trace one call; Keras lifts the variables that it creates out of the traced graph."""
        _trace(lambda *flat: call.unscoped(flat), call)

    @override
    def outputs(self, call: InferenceCall) -> tuple[Any, ...]:
        """Trace the call at one or two sets of sizes, and return the outputs.

        The weights are arguments of the call, as for a conversion that follows; where a model
        cannot be called like that, it is called with its own variables. A model that computes
        with sizes in Python is called with two sets of numbers.
        """
        try:
            return (dynamic_graph(call).result,)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return _results_otherwise(call, error)

    @override
    def outputs_at(self, call: InferenceCall, shapes: Shapes) -> Any:
        """Trace the call at these shapes with the weights as arguments, and return the outputs."""
        return trace_graph(call, shapes).result

    @override
    def held_as(self, dtype: DType) -> DType:
        """Return the type itself: TensorFlow has them all."""
        return dtype


def _results_otherwise(call: InferenceCall, first: Exception) -> tuple[Any, ...]:
    """The results of a call of which no graph takes the weights as arguments.

    Raises:
        Exception: What the model raised ``first``, where all other ways fail, too.
    """
    specs = call.signature.tensors
    try:
        return (_trace(lambda *flat: call(flat), call),)
    except LiteRTIRError:
        raise
    except call_failures() as error:
        reraise_interruption(error)
        if all(spec.is_static for spec in specs):
            raise
    try:
        return results_at_numbers(lambda shapes: trace_graph(call, shapes).result, specs)
    except LiteRTIRError:
        raise
    except call_failures() as error:
        reraise_interruption(error)
        raise first from None


def _trace(function: Callable[..., Any], call: InferenceCall) -> Any:
    """Return the function's outputs as they are: a `tf.function` may return tensors only."""
    results: list[Any] = []

    def run(*flat: Any) -> None:
        results.append(function(*flat))

    graph_function = load_tensorflow().function(run, autograph=False)
    graph_function.get_concrete_function(*call.wire_specs())
    return results[-1]
