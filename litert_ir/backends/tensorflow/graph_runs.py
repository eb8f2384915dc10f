"""Run the graph that a model was traced to, on constants, to find the shapes of its results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.quantized_layers import ComputedWeight
from litert_ir.backends.model_failures import call_failures
from litert_ir.backends.tensorflow.graph_windows import require_full_windows, windows_of
from litert_ir.backends.tensorflow.graphs import TracedGraph, dynamic_graph, trace_graph
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption

Array = NDArray[Any]
OutputShapes = tuple[tuple[int, ...], ...]

_ROUNDING = 1e-3


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
            Exception: What the model raises; see `litert_ir.backends.model_failures`.
        """
        graph = dynamic_graph(call)
        dtypes = tuple(spec.dtype.value for spec in call.signature.tensors)
        windows = windows_of(graph.function.graph)
        return cls(graph, tuple(map(_tensor, graph.variables)), dtypes, windows)

    def output_shapes(self, inputs: Sequence[Array]) -> OutputShapes:
        """The shapes of the model's outputs.

        Args:
            inputs: Flat, in any dtype that can be held in the model's.

        Raises:
            Exception: What the model raises; see `litert_ir.backends.model_failures`.
        """
        return tuple(tuple(leaf.shape) for leaf in self._results(self.graph, inputs))

    def is_what_known_sizes_give(self, call: InferenceCall, inputs: Sequence[Array]) -> bool:
        """Tell whether the model computes the same values when it is traced with known sizes.

        Args:
            call: The traced call.
            inputs: Flat.

        Raises:
            Exception: What the model raises where the sizes are unknown.
        """
        found = self._results(self.graph, inputs)
        try:
            shapes = [array.shape for array in inputs]
            wanted = self._results(trace_graph(call, shapes), inputs)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return False
        return len(found) == len(wanted) and all(map(_alike, found, wanted))

    def _results(self, graph: TracedGraph, inputs: Sequence[Array]) -> list[Array]:
        constant = load_tensorflow().constant
        typed = [constant(x, dtype) for x, dtype in zip(inputs, self.dtypes, strict=True)]
        results = load_keras().tree.flatten(graph.function(*self.weights, *typed))
        return [np.asarray(leaf) for leaf in results]

    def require_full_windows(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Refuse shapes of the inputs at which a window exceeds its operand.

        Raises:
            ValueError: When there is such a window.
        """
        if self.windows:
            graph, first = self.graph.function.graph, len(self.weights)
            inputs = self.graph.function.inputs[first : first + len(shapes)]
            require_full_windows(graph, self.windows, inputs, shapes)


def _alike(one: Array, other: Array) -> bool:
    """Tell whether two results differ by no more than rounding."""
    if one.shape != other.shape or one.dtype.kind not in "fiu":
        return one.shape == other.shape
    scale = float(np.max(np.abs(np.nan_to_num(other)), initial=1.0))
    return bool(np.allclose(one, other, rtol=_ROUNDING, atol=_ROUNDING * scale, equal_nan=True))


def _tensor(weight: Any) -> Any:
    convert = load_tensorflow().convert_to_tensor
    return convert(weight.array() if isinstance(weight, ComputedWeight) else weight.value)
