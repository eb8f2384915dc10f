"""Run the graph that a model was traced to, on constants, to see what shapes come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.graph_windows import require_full_windows, windows_of
from litert_ir.backends.inference import InferenceCall
from litert_ir.backends.quantized_layers import ComputedWeight
from litert_ir.backends.tensorflow_graphs import TracedGraph, dynamic_graph

OutputShapes = tuple[tuple[int, ...], ...]


@attrs.frozen(eq=False)
class GraphRun:
    """A traced model with its weights.

    Attributes:
        graph: The trace.
        weights: Tensors of the model's own values.
        dtypes: Of the flat inputs.
        windows: The names of its convolutions and poolings; see `windows_of`.
    """

    graph: TracedGraph
    weights: tuple[Any, ...]
    dtypes: tuple[str, ...]
    windows: tuple[str, ...]

    @classmethod
    def of(cls, call: InferenceCall) -> GraphRun:
        """Trace a call with dynamic dimensions; see `dynamic_graph`.

        Raises:
            Exception: What the model raises; see `litert_ir.backends.failures`.
        """
        graph = dynamic_graph(call)
        dtypes = tuple(spec.dtype.value for spec in call.signature.tensors)
        windows = windows_of(graph.function.graph)
        return cls(graph, tuple(map(_tensor, graph.variables)), dtypes, windows)

    def output_shapes(self, shapes: Sequence[tuple[int, ...]], integer: int) -> OutputShapes:
        """The shapes of what the model returns.

        Args:
            shapes: Of the flat inputs.
            integer: What inputs of integers are filled with; others with ones.

        Raises:
            Exception: What the model raises; see `litert_ir.backends.failures`.
        """
        constant = load_tensorflow().constant
        inputs = [
            constant(np.full(shape, integer if "int" in dtype else 1), dtype)
            for shape, dtype in zip(shapes, self.dtypes, strict=True)
        ]
        results = self.graph.function(*self.weights, *inputs)
        return tuple(tuple(leaf.shape) for leaf in load_keras().tree.flatten(results))

    def require_full_windows(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Refuse shapes of the inputs at which a window slides over less than it is large.

        Raises:
            ValueError: When there is such a window.
        """
        if self.windows:
            graph, first = self.graph.function.graph, len(self.weights)
            inputs = self.graph.function.inputs[first : first + len(shapes)]
            require_full_windows(graph, self.windows, inputs, shapes)


def _tensor(weight: Any) -> Any:
    convert = load_tensorflow().convert_to_tensor
    return convert(weight.array() if isinstance(weight, ComputedWeight) else weight.value)
