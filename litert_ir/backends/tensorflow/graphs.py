"""A model as a TensorFlow graph that takes its weights as arguments; no variable is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import attrs

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.held_variables import HeldVariable, captured_variables
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.state import require_unread
from litert_ir.backends.tensorflow.variable_arguments import (
    handle_of,
    without_writes,
    written_variables,
)
from litert_ir.ir.signature import Signature


@attrs.frozen(eq=False, kw_only=True)
class TracedGraph:
    """A traced call.

    Attributes:
        variables: The call's weights, in the order of the graph's first arguments.
        function: The `tf.ConcreteFunction`; it takes the weights, then the flat inputs.
        result: The call's result, nested: tensors of the graph.
        positions: The same nest, with each tensor's place among the graph's outputs.
        held: Variables that Keras does not track and that the function captures, by the ids of
            their handles, in the order of the captured inputs.
    """

    variables: tuple[Any, ...]
    function: Any
    result: Any
    positions: Any
    held: Mapping[int, HeldVariable]


def trace_graph(
    call: InferenceCall, shapes: Sequence[Sequence[int | None]] | None = None
) -> TracedGraph:
    """Trace a call.

    Args:
        call: The model, and how it is called.
        shapes: Of the flat inputs; by default those of the signature, dynamic ones included.

    Raises:
        UnsupportedModelError: When the model updates variables while predicting.
        Exception: What the model raises; see `litert_ir.backends.model_failures`.
    """
    tf, tree = load_tensorflow(), load_keras().tree
    variables = call.weights
    results: list[Any] = []

    def run(*flat: Any) -> list[Any]:
        count = len(variables)
        results.append(call.on_weights(flat[count:], flat[:count]))
        leaves = list(tree.flatten(results[-1]))
        return leaves if shapes is None else list(map(_of_sure_shape, leaves))

    weights = [tf.TensorSpec(variable.shape, variable.dtype) for variable in variables]
    inputs = call.wire_specs()
    if shapes is not None:
        pairs = zip(inputs, shapes, strict=True)
        inputs = [tf.TensorSpec(shape, spec.dtype, spec.name) for spec, shape in pairs]
    function = tf.function(run, autograph=False).get_concrete_function(*weights, *inputs)
    held = captured_variables(function, call.model)
    written = written_variables(function, held)
    if written:
        require_unread(call.model, function, written)
        function = without_writes(function)
    count = len(tree.flatten(results[-1]))
    positions = tree.pack_sequence_as(results[-1], list(range(count)))
    return TracedGraph(
        variables=variables,
        function=function,
        result=results[-1],
        positions=positions,
        held=held,
    )


def _of_sure_shape(leaf: Any) -> Any:
    """An output with an explicit static shape.

    TensorFlow's importer to MLIR forgets what Python knows of the shape of a stacked list. The
    pass that takes lists apart finds it out again, but leaves the function's type as it was.
    """
    tf = load_tensorflow()
    return tf.ensure_shape(leaf, leaf.shape) if tf.is_tensor(leaf) else leaf


def dynamic_graph(call: InferenceCall) -> TracedGraph:
    """The graph for the signature's own shapes; traced once inside `remembering_graphs`.

    Raises:
        TypeError: When `refuse_dynamic_graph` was called for this call.
        Exception: As `trace_graph`.
    """
    graphs, key = _REMEMBERED.get(), _key_of(call)
    if graphs is None:
        return trace_graph(call)
    if key not in graphs:
        graphs[key] = trace_graph(call)
    found = graphs[key]
    if found is None:
        raise TypeError("the model computes something else where its sizes are known")
    return found


def refuse_dynamic_graph(call: InferenceCall) -> None:
    """Let `dynamic_graph` fail for a call, inside of `remembering_graphs`.

    Python code in the model takes another branch where it knows no size, so that the graph is
    not what ``predict`` computes.
    """
    graphs = _REMEMBERED.get()
    if graphs is not None:
        graphs[_key_of(call)] = None


def _key_of(call: InferenceCall) -> _Key:
    return (id(call.model), _without_dims(call.signature), call.in_floats)


_GIVEN = "lir_given"
"""The name of inputs with other shapes, which no node of a model has."""


def shapes_at(graph: TracedGraph, shapes: Sequence[Sequence[int]]) -> list[Any]:
    """Infer the shapes of a graph's results from those of its inputs; nothing runs.

    TensorFlow's kernels do not check all of them: where the result of a convolution would be
    empty, those of oneDNN return what they were given.

    Args:
        graph: A graph with dynamic dimensions.
        shapes: Of the flat inputs.

    Returns:
        A `tf.TensorShape` for each of the graph's outputs.

    Raises:
        ValueError: When no such shapes go through the graph, as when tracing with them.
    """
    tf = load_tensorflow()
    function = graph.function
    inputs = function.inputs[len(graph.variables) :][: len(shapes)]
    with tf.Graph().as_default():
        given = {
            tensor.name: tf.compat.v1.placeholder(tensor.dtype, shape, _GIVEN)
            for tensor, shape in zip(inputs, shapes, strict=True)
        }
        for place, (tensor, item) in enumerate(_captures(function)):
            if id(tensor) in graph.held:
                given[item.name] = handle_of(graph.held[id(tensor)].value, place)
        results = tf.graph_util.import_graph_def(
            function.graph.as_graph_def(),
            input_map=given,
            return_elements=[tensor.name for tensor in function.outputs],
            name="",
        )
        return [tensor.shape for tensor in results]


def _captures(function: Any) -> list[tuple[Any, Any]]:
    """Return the values that a function captures, each with its placeholder."""
    count = len(function.inputs) - len(function.captured_inputs)
    return list(zip(function.captured_inputs, function.inputs[count:], strict=True))


@contextlib.contextmanager
def remembering_graphs() -> Iterator[None]:
    """Trace each model and signature once inside of this context, or of one around it.

    The model must not change meanwhile.
    """
    if _REMEMBERED.get() is not None:
        yield
        return
    token = _REMEMBERED.set({})
    try:
        yield
    finally:
        _REMEMBERED.reset(token)


def _without_dims(signature: Signature) -> str:
    """Describe a signature without the names and bounds of dynamic dimensions."""
    return repr(
        (
            [(arg.name, arg.keyword_only) for arg in signature.arguments],
            [
                (leaf.path, leaf.spec.name, leaf.spec.sizes, leaf.spec.dtype, leaf.spec.model_dtype)
                for leaf in signature.leaves
            ],
        )
    )


_Key = tuple[int, str, bool]
_REMEMBERED: ContextVar[dict[_Key, TracedGraph | None] | None] = ContextVar("graphs", default=None)
