"""Ops of a TensorFlow graph whose number of results depends on values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends import load_tensorflow
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import call_failures
from litert_ir.backends.tensorflow.dependence import live_nodes
from litert_ir.backends.tensorflow.graphs import dynamic_graph
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption

_SELECTING = frozenset({"NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5"})
"""Ops that become LiteRT's NON_MAX_SUPPRESSION_V4 and _V5, which pad up to the most boxes.

Source: ``lite/kernels/non_max_suppression.cc``, which sets what is left of its results to zero. The
kernels of other ops with such results (``Where``, ``Unique``) make as many elements as there are.
"""
_PADS = "pad_to_max_output_size"
_LIST, _RESOURCE = "variant", "resource"

Named = tuple[str, str]
"""An op's type, and the scope that it was traced in."""


def unpadded_selections(call: InferenceCall) -> tuple[Named, ...]:
    """The non-maximum suppressions that outputs depend on, and whose results are not padded.

    LiteRT's kernels pad their results with zeros, which are indices of the first box. A user of
    such a result cannot tell the padding from detections.

    Raises:
        Exception: What the model raises; see `litert_ir.backends.model_failures`.
    """
    graph, results = _graph_of(call)
    found = (
        (node.op, scope)
        for scope, node in live_nodes(graph, results)
        if node.op in _SELECTING and not (_PADS in node.attr and node.attr[_PADS].b)
    )
    return tuple(found)


def _graph_of(call: InferenceCall) -> tuple[Any, list[Any]]:
    """A graph of the call, and its results."""
    try:
        function = dynamic_graph(call).function
    except LiteRTIRError:
        raise
    except call_failures() as error:
        reraise_interruption(error)
        tf = load_tensorflow()

        def run(*flat: Any) -> list[Any]:
            return list(tf.nest.flatten(call(flat), expand_composites=True))

        traced = tf.function(run, autograph=False)
        function = traced.get_concrete_function(*call.wire_specs())
    return function.graph, list(function.graph.outputs)


def ops_of_open_shape(results: Sequence[Any]) -> tuple[Named, ...]:
    """The ops behind results whose own results have no static shape although their inputs have.

    TensorFlow's shape functions leave the shapes of ``Where``, ``Unique``, ``DynamicPartition`` and
    all others unknown whose number of elements depends on values. Ops inside of loops and branches
    are not looked at; lists of tensors have unknown shapes in any case.

    Args:
        results: Tensors of a `tf.Graph` whose inputs have static shapes.
    """
    if not results:
        return ()
    graph = results[0].graph
    known = {op.name for op in graph.get_operations()}
    live = (scope for scope, _ in live_nodes(graph, results) if scope in known)
    ops = map(graph.get_operation_by_name, live)
    return tuple((op.type, op.name) for op in ops if _opens(op))


_COUNTING = frozenset(
    {"Bincount", "DenseBincount", "DynamicPartition", "ListDiff", "RaggedRange", "Where"}
    | {"SegmentMax", "SegmentMean", "SegmentMin", "SegmentProd", "SegmentSum"}
    | {"Unique", "UniqueV2", "UniqueWithCounts", "UniqueWithCountsV2"}
)
"""Ops on numbers whose number of results depends on values, whatever their inputs' shapes.

Source: the shape functions in ``tensorflow/core/ops`` (``array_ops.cc``, ``data_flow_ops.cc``,
``math_ops.cc``, ``ragged_math_ops.cc``), which leave a dimension of these unknown.
"""


def has_counting_ops(graph: Any) -> bool:
    """Tell whether a `tf.Graph` has ops whose number of results depends on values.

    Those of loops, branches and calls are not looked at.
    """
    return any(op.type in _COUNTING for op in graph.get_operations())


def _opens(op: Any) -> bool:
    is_open = any(tensor.dtype.name != _LIST and not _is_static(tensor) for tensor in op.outputs)
    return is_open and bool(op.inputs) and all(map(_is_static, op.inputs))


def _is_static(tensor: Any) -> bool:
    return tensor.dtype.name != _LIST and (
        tensor.dtype.name == _RESOURCE or bool(tensor.shape.is_fully_defined())
    )
