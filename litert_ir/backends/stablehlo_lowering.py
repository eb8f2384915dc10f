"""Lower a call to StableHLO with the frameworks' own compilers; no weight is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.backends import load_jax, load_keras, load_tensorflow
from litert_ir.backends.jax.resizes import resizes_named
from litert_ir.backends.keras.held_variables import HeldVariable
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.same_padding import same_padding_named
from litert_ir.backends.native_memory import give_back_freed_memory
from litert_ir.backends.tensorflow.function_definitions import SerializedFunction, binary_definition
from litert_ir.backends.tensorflow.graphs import TracedGraph
from litert_ir.backends.tensorflow.variable_arguments import (
    PROMOTE,
    places_of_arguments,
    with_own_handles,
)
from litert_ir.errors import UnsupportedOp, UnsupportedOpsError

_PREPARE = (
    "tf-shape-inference,tf-tensor-list-ops-decomposition,tf-shape-inference,canonicalize,"
    "tf-functional-control-flow-to-regions"
)
"""Static shapes, and loops as regions; tensor lists become tensors.

The first pass is for inputs that are outputs: the second one would return them with another
type than the function has.
"""

_LEGALIZE = (
    "xla-legalize-tf{legalize-chlo=false},canonicalize,hlo-legalize-to-stablehlo,canonicalize"
)
"""The second canonicalization removes what is left of shape computations."""

_DYNAMIC = re.compile(r"tensor<[^>]*\?")
_LOOPS = frozenset({"StatelessWhile", "TensorListFromTensor", "TensorListReserve", "While"})
"""Graph ops whose shapes TensorFlow's MLIR does not infer after the trace."""


@attrs.frozen(kw_only=True)
class Lowered:
    """A call in StableHLO.

    Attributes:
        module: MLIR text with a function ``main``; it takes the variables, then the flat
            inputs, then what was captured.
        captured: Tensors that the call found elsewhere, and then variables that Keras does not
            track.
        variables: The call's weights, in order.
        positions: The nest that the call returns, with each tensor's place among the results.
    """

    module: str = attrs.field(repr=False)
    captured: tuple[NDArray[Any] | HeldVariable, ...] = ()
    variables: tuple[Any, ...]
    positions: Any


def has_loops(graph: TracedGraph) -> bool:
    """Tell whether a graph has loops, for which it has to be traced with static shapes."""
    return any(op.type in _LOOPS for op in graph.function.graph.get_operations())


def graph_text(graph: TracedGraph) -> str:
    """A graph in MLIR's TF dialect, with locations; its function is called ``main``.

    It takes the graph's arguments and, behind them, what `captured_by` says.

    Raises:
        UnsupportedOpsError: When the graph reads tables.
        tf.errors.OpError: When a variable is not merely read.
    """
    held = graph.held
    if any(tensor.dtype == "resource" for tensor in _tensors_captured(graph)):
        raise UnsupportedOpsError(_readers_of_resources(graph))
    function = with_own_handles(graph.function, held) if held else graph.function
    definition = binary_definition(function)
    module: str = load_tensorflow().mlir.experimental.convert_function(
        SerializedFunction(definition), pass_pipeline="tf-standard-pipeline", show_debug_info=True
    )
    if len(definition) > _MUCH:
        give_back_freed_memory()
    module = module.replace(f"@{function.name.decode()}(", "@main(", 1)
    return _passed(module, PROMOTE) if held else module


_MUCH = 1 << 19
"""Bytes of a graph whose import frees so much memory that to give it back is worth its time."""


def prepared(module: str) -> str | None:
    """Infer the shapes inside of a module with TensorFlow's own passes.

    Args:
        module: A graph's text, with static inputs.

    Returns:
        The module, still in the TF dialect; None when the shapes inside do not follow from those
        of the inputs.

    Raises:
        tf.errors.OpError: When a pass fails.
    """
    module = _passed(module, _PREPARE)
    return None if _DYNAMIC.search(module) else module


def legalized(graph: TracedGraph, module: str) -> Lowered:
    """Lower a prepared module to StableHLO.

    Args:
        graph: The graph of the module.
        module: The text of `prepared`, in which some ops may be hidden from the lowering.

    Raises:
        tf.errors.OpError: When a pass fails.
    """
    return Lowered(
        module=_passed(module, _LEGALIZE),
        captured=captured_by(graph, module),
        variables=graph.variables,
        positions=graph.positions,
    )


def captured_by(graph: TracedGraph, module: str) -> tuple[NDArray[Any] | HeldVariable, ...]:
    """Return the values of the last arguments of a graph's module.

    Args:
        graph: The graph of the module.
        module: The text of `graph_text`, or of what was made of that.
    """
    tensors = (item.numpy() for item in _tensors_captured(graph))
    places = places_of_arguments(module) if graph.held else ()
    handles = [graph.function.captured_inputs[place] for place in places]
    return (*tensors, *(graph.held[id(handle)] for handle in handles))


def _tensors_captured(graph: TracedGraph) -> list[Any]:
    return [item for item in graph.function.captured_inputs if id(item) not in graph.held]


def _passed(module: str, pipeline: str) -> str:
    run = load_tensorflow().mlir.experimental.run_pass_pipeline
    result: str = run(module, pipeline, show_debug_info=True)
    return result


def _readers_of_resources(graph: TracedGraph) -> list[UnsupportedOp]:
    """The ops that take tables, or variables that are no weights."""
    captures = graph.function.graph.captures
    inner = {id(inside) for outside, inside in captures if id(outside) not in graph.held}
    found: dict[str, dict[str, None]] = {}
    for op in graph.function.graph.get_operations():
        if any(id(tensor) in inner and tensor.dtype == "resource" for tensor in op.inputs):
            found.setdefault(op.type, {})[op.name] = None
    return [UnsupportedOp(name, tuple(scopes)) for name, scopes in found.items()]


def lower_jax(call: InferenceCall, shapes: Sequence[Sequence[int]]) -> Lowered:
    """Trace with `jax.jit`; `jax.export` would take some functions apart.

    Args:
        call: The model, and how it is called.
        shapes: Of the flat inputs.
    """
    jax, tree = load_jax(), load_keras().tree
    variables = call.weights
    results: list[Any] = []

    def run(*flat: Any) -> list[Any]:
        count = len(variables)
        result = call.on_weights(flat[count:], flat[:count])
        leaves = tree.flatten(result)
        results.append(tree.pack_sequence_as(result, list(range(len(leaves)))))
        return list(leaves)

    weights = [jax.ShapeDtypeStruct(variable.shape, variable.dtype) for variable in variables]
    tensors = zip(shapes, call.signature.tensors, strict=True)
    inputs = [jax.ShapeDtypeStruct(shape, spec.dtype.value) for shape, spec in tensors]
    with same_padding_named(), resizes_named(any_size=_has_dynamic_sizes(call)):
        lowered = jax.jit(run, keep_unused=True).lower(*weights, *inputs)
    return Lowered(
        module=lowered.as_text(debug_info=True), variables=variables, positions=results[-1]
    )


def _has_dynamic_sizes(call: InferenceCall) -> bool:
    """Tell whether an input has a dynamic dimension besides the first, which is the batch."""
    dims = (dim for spec in call.signature.tensors for dim in spec.shape[1:])
    return not all(isinstance(dim, int) for dim in dims)
