"""Windows of a TensorFlow graph that exceed their operands.

Some return an empty result at such sizes, and a reduction of it then returns a number: the model's
output follows from no input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litert_ir.backends import load_tensorflow

_CONVOLUTIONS = frozenset({"Conv2D", "Conv3D", "DepthwiseConv2dNative"})
_POOLINGS = frozenset({"AvgPool", "AvgPool3D", "MaxPool", "MaxPool3D"})
"""Ops whose kernels divide by the size of the result: a process crashes where it is 0."""


def windows_of(graph: Any) -> tuple[str, ...]:
    """The names of a `tf.Graph`'s poolings, and of its convolutions without padding."""
    return tuple(
        op.name
        for op in graph.get_operations()
        if op.type in _POOLINGS or (op.type in _CONVOLUTIONS and op.get_attr("padding") != b"SAME")
    )


def require_full_windows(
    graph: Any, windows: Sequence[str], inputs: Sequence[Any], shapes: Sequence[tuple[int, ...]]
) -> None:
    """Refuse input shapes at which a window exceeds its operand.

    TensorFlow's shape inference is asked, on a copy of the graph; nothing runs.

    Args:
        graph: The `tf.Graph`.
        windows: See `windows_of`.
        inputs: Tensors of the graph.
        shapes: Their static shapes.

    Raises:
        ValueError: When there is such a window.
    """
    tf = load_tensorflow()
    with tf.Graph().as_default() as static:
        pairs = zip(inputs, shapes, strict=True)
        given = {x.name: tf.compat.v1.placeholder(x.dtype, shape) for x, shape in pairs}
        tf.graph_util.import_graph_def(graph.as_graph_def(), given, name="")
    for name in windows:
        output = static.get_operation_by_name(name).outputs[0].shape
        if output.rank is not None and 0 in output.as_list():
            raise ValueError(f"the window of {name!r} is larger than what it slides over")
