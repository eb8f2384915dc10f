"""Call a model on arrays as ``predict`` does: as a graph, not operation by operation."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, assert_never

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import (
    backend_name,
    is_traced_here,
    load_jax,
    load_keras,
    load_tensorflow,
)
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.quantized_layers import known_layers
from litert_ir.backends.model_failures import call_failures
from litert_ir.backends.tensorflow.graphs import TracedGraph, dynamic_graph, shapes_at
from litert_ir.backends.tensorflow.value_shapes import has_counting_ops
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.signature import Signature

Array = NDArray[Any]
Run = Callable[[Sequence[Any]], Any]
_TRACED_AT_SIZES = 2
"""The most combinations of shapes to trace as ``predict`` does, at the price of a trace each."""


@attrs.frozen(eq=False)
class GraphCall:
    """A model as a function of flat arrays, computed as ``predict`` computes it.

    Keras may compute something else outside of a graph: `keras.layers.Resizing` rounds integer
    images there, and does not in a graph. Weights are not copied, updates of state are refused.
    Layers that were quantized in Keras compute as they are.

    On TensorFlow the graph is that of `dynamic_graph`, which planning and conversion use, too;
    a model that cannot be traced with its weights as arguments gets a graph of its own for each
    combination of shapes. So do the first few combinations where sizes beside the batch are
    dynamic: ``predict`` knows them when it traces, and Python code in a model may take another
    branch then. Either way, shapes of which a part of the model would make an empty
    result are refused where ``predict`` refuses them. On JAX each combination of shapes is
    compiled. The model is called outside of a graph on backends whose models are not traced
    here, and on JAX where the call needs the values of weights while it is traced.

    Graphs are kept as long as this object is; the model must not change meanwhile.

    Attributes:
        model: The Keras model, built.
        signature: The nesting of the flat arrays.
    """

    model: Any
    signature: Signature
    _static: dict[StaticShapes, Run] = attrs.field(factory=dict, init=False, repr=False)

    def __call__(
        self, flat: Sequence[Array], outputs: SignatureNode | None = None
    ) -> tuple[Array, ...]:
        """The outputs with ``training=False``, flat.

        Args:
            flat: One array per input, in the signature's order.
            outputs: The tree of the outputs, which says their order and their types in a file;
                None for the order of `keras.tree.flatten` and the model's own types.

        Raises:
            UnsupportedModelError: When the model updates variables while predicting.
            Exception: What the model raises on arrays of these shapes and values; see
                `litert_ir.backends.model_failures.call_failures`.
        """
        keras = load_keras()
        tensors = [
            keras.ops.convert_to_tensor(array, dtype=spec.dtype.value)
            for array, spec in zip(flat, self.signature.tensors, strict=True)
        ]
        nested = self._run(tensors)(tensors)
        call = self._call
        leaves = keras.tree.flatten(nested) if outputs is None else call.leaves(nested, outputs)
        return tuple(np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in leaves)

    @functools.cached_property
    def _call(self) -> InferenceCall:
        """The call of the model: the same one that is converted, unless weights are quantized."""
        in_floats = not any(known_layers(self.model))
        return InferenceCall(self.model, self.signature, in_floats=in_floats)

    def _run(self, tensors: Sequence[Any]) -> Run:
        """Return the function that runs the model on tensors of such shapes."""
        shapes = _shapes(tensors)
        if self._dynamic is not None and not self._knows_sizes(shapes):
            return self._dynamic
        if shapes not in self._static:
            make = _traced if _backend() is ConvertibleBackend.TENSORFLOW else _compiled
            self._static[shapes] = make(self._call, tensors)
        return self._static[shapes]

    def result_elements(self, shapes: StaticShapes) -> int | None:
        """Count the elements of the results for inputs of these shapes.

        Returns:
            None where that is not known without running the model.
        """
        if self._graph is None:
            return None
        found = [shape.num_elements() for shape in shapes_at(self._graph, shapes)]
        known = [count for count in found if count is not None]
        return sum(known) if len(known) == len(found) else None

    def has_counted_results(self) -> bool:
        """Tell whether the size of an intermediate result depends on values, on TensorFlow."""
        return self._graph is not None and has_counting_ops(self._graph.function.graph)

    def _knows_sizes(self, shapes: StaticShapes) -> bool:
        """Tell whether these shapes get a graph of their own."""
        if _backend() is None or not _has_free_sizes(self.signature):
            return False
        return shapes in self._static or len(self._static) < _TRACED_AT_SIZES

    @functools.cached_property
    def _graph(self) -> TracedGraph | None:
        """The graph with dynamic dimensions; None on JAX, and where there is no such graph."""
        if _backend() is not ConvertibleBackend.TENSORFLOW:
            return None
        try:
            return dynamic_graph(self._call)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return None

    @functools.cached_property
    def _dynamic(self) -> Run | None:
        """Return the function that runs the model on any shapes; None where there is none."""
        backend = _backend()
        match backend:
            case ConvertibleBackend.TENSORFLOW:
                return None if self._graph is None else _run_of(self._graph, self._call)
            case ConvertibleBackend.JAX:
                return None
            case None:
                return self._call
            case _:
                assert_never(backend)


def _backend() -> ConvertibleBackend | None:
    return ConvertibleBackend(backend_name()) if is_traced_here() else None


def _shapes(tensors: Sequence[Any]) -> StaticShapes:
    return tuple(tuple(map(int, tensor.shape)) for tensor in tensors)


def _has_free_sizes(signature: Signature) -> bool:
    """Tell whether a dimension other than the first, the batch of any size, is dynamic."""
    return any(size is None for spec in signature.tensors for size in spec.sizes[1:])


def _run_of(graph: TracedGraph, call: InferenceCall) -> Run:
    """Return a function that runs a graph with dynamic dimensions on the model's weights."""
    tf, tree = load_tensorflow(), load_keras().tree
    checked: set[StaticShapes] = set()

    def run(tensors: Sequence[Any]) -> Any:
        if _has_free_sizes(call.signature) and (shapes := _shapes(tensors)) not in checked:
            shapes_at(graph, shapes)
            checked.add(shapes)
        weights = [tf.convert_to_tensor(variable.value) for variable in graph.variables]
        return tree.pack_sequence_as(graph.result, graph.function(*weights, *tensors))

    return run


def _traced(call: InferenceCall, tensors: Sequence[Any]) -> Run:
    """A graph for the shapes of these tensors, which reads the model's variables."""
    tf, tree = load_tensorflow(), load_keras().tree
    results: list[Any] = []

    def flat_outputs(*flat: Any) -> list[Any]:
        results.append(call(flat))
        return list(tree.flatten(results[-1]))

    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tensors]
    function = tf.function(flat_outputs, autograph=False).get_concrete_function(*specs)
    return lambda flat: tree.pack_sequence_as(results[-1], function(*flat))


def _compiled(call: InferenceCall, tensors: Sequence[Any]) -> Run:
    """The call compiled for the shapes of these tensors, with the weights as arguments.

    A call that cannot be traced runs untraced: it fails as well, or shows that it needs the values
    of weights.
    """
    jax, tree = load_jax(), load_keras().tree
    structures: list[Any] = []

    def flat_outputs(weights: Sequence[Any], flat: Sequence[Any]) -> list[Any]:
        nested = call.on_weights(flat, weights)
        structures.append(tree.map_structure(lambda _: 0, nested))
        return list(tree.flatten(nested))

    def weights() -> list[Any]:
        return [variable.value for variable in call.weights]

    try:
        compiled = jax.jit(flat_outputs).lower(weights(), list(tensors)).compile()
    except LiteRTIRError:
        raise
    except call_failures() as error:
        reraise_interruption(error)
        return call
    return lambda flat: tree.pack_sequence_as(structures[-1], compiled(weights(), list(flat)))
