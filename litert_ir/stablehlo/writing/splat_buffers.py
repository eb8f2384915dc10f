"""Store a constant that is one number throughout as that number, which the file broadcasts.

The zeros that a ConvLSTM starts with are as large as its images.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.additions import Kernel, add_buffer, add_tensor, new_operator
from litert_ir.backends.litert.schema import new_table, operator_name, type_name, type_number
from litert_ir.stablehlo.weights.expressions import Broadcast, Literal, WeightExpr

_SMALLEST = 1 << 12
"""The fewest bytes of a constant to replace; below, an operator and its tensors take as much."""

_REPEATS = "BROADCAST_TO"
_TAKERS = frozenset({"WHILE", "IF", "CONCATENATION", "PACK", "SELECT", "SELECT_V2"})
"""Operators that accept computed operands; others read weights and biases when they prepare."""

_SIZES = {"float32": 4, "int32": 4, "int64": 8, "bool": 1}
"""Bytes of an element of the types that FILL takes."""


def repeat_when_run(model: Any, weights: Sequence[WeightExpr]) -> None:
    """Replace splats, in place, by a FILL, which runs once: when a file is prepared.

    An operand of a BROADCAST_TO needs none.

    Args:
        model: A `ModelT` whose external buffers have indices of ``weights`` as offsets.
        weights: The expressions of the external buffers.
    """
    constants = _Constants.of(model, weights)
    for index in range(len(constants.graph.tensors)):
        number = constants.number(index)
        takers = constants.takers(index) if number else set()
        if takers == {_REPEATS}:
            constants.shrink(index, number)
        elif takers and takers <= _TAKERS:
            constants.fill(index, number)
    constants.empty_unused()


@attrs.frozen
class _Constants:
    """The constants of a file's first subgraph.

    Attributes:
        model: The `ModelT`.
        graph: Its first `SubGraphT`.
        external: The expressions of external buffers, by the buffers' numbers.
    """

    model: Any
    graph: Any
    external: Mapping[int, WeightExpr]

    @classmethod
    def of(cls, model: Any, weights: Sequence[WeightExpr]) -> _Constants:
        """Read the constants of a file's first subgraph."""
        buffers = model.externalBuffers or ()
        external = {buffer.id: weights[int(buffer.offset)] for buffer in buffers}
        return cls(model, model.subgraphs[0], external)

    def number(self, index: int) -> bytes:
        """The bytes of the number that all elements of a large constant are; empty if none."""
        tensor = self.graph.tensors[index]
        size = _SIZES.get(type_name(tensor.type), 0)
        if tensor.externalBuffer:
            return _number_of(self.external[tensor.externalBuffer])
        data = self.model.buffers[tensor.buffer].data
        if not size or data is None or len(data) < _SMALLEST:
            return b""
        elements = np.asarray(data, np.uint8).reshape(-1, size)
        return elements[0].tobytes() if (elements == elements[0]).all() else b""

    def takers(self, index: int) -> set[str]:
        """Return the names of the operators that use a tensor; ``""`` for a graph output."""
        found = {
            operator_name(self.model, each) for each in self.graph.operators if index in each.inputs
        }
        return found | ({""} if index in self.graph.outputs else set())

    def shrink(self, index: int, number: bytes) -> None:
        """Shrink a constant to one element, for an operator that broadcasts it."""
        tensor = self.graph.tensors[index]
        tensor.shape = np.ones(len(tensor.shape), np.int32)
        tensor.shapeSignature = None
        self._store(tensor, number)

    def fill(self, index: int, number: bytes) -> None:
        """Compute a tensor by a FILL."""
        result = self.graph.tensors[index]
        value, sizes = copy.copy(result), new_table("Tensor")
        value.name, sizes.name = result.name + b"/number", result.name + b"/sizes"
        value.shape, value.shapeSignature = np.array([], np.int32), None
        sizes.type, sizes.shape = type_number("int32"), np.array([len(result.shape)])
        self._store(value, number)
        self._store(sizes, np.asarray(result.shape, np.int32).tobytes())
        result.buffer = result.externalBuffer = 0
        inputs = [add_tensor(self.graph, sizes), add_tensor(self.graph, value)]
        operator = new_operator(self.model, Kernel.FILL, inputs, [index])
        self.graph.operators.insert(0, operator)

    def _store(self, tensor: Any, content: bytes) -> None:
        tensor.buffer, tensor.externalBuffer = add_buffer(self.model, content), 0

    def empty_unused(self) -> None:
        """Take the data out of buffers that no tensor has any more."""
        graphs = self.model.subgraphs
        used = {int(tensor.buffer) for graph in graphs for tensor in graph.tensors}
        used |= {int(entry.buffer) for entry in self.model.metadata or ()}
        for index, buffer in enumerate(self.model.buffers):
            if index not in used:
                buffer.data = None


def _number_of(weight: WeightExpr) -> bytes:
    match weight:
        case Broadcast(source=Literal(data=number, shape=())):
            return number
        case _:
            return b""
