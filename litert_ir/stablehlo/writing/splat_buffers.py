"""Store a constant that is one number throughout as that number, which the file repeats.

The zeros that a ConvLSTM starts with are as large as its images.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends import load_schema
from litert_ir.stablehlo.weights.expressions import Broadcast, Literal, WeightExpr

_SMALLEST = 1 << 12
"""Bytes of a constant; below, an operator and its tensors take as much."""

_REPEATS = "BROADCAST_TO"
_TAKERS = frozenset({"WHILE", "IF", "CONCATENATION", "PACK", "SELECT", "SELECT_V2"})
"""Operators that take whatever is computed; others read weights and biases when they prepare."""

_SIZES = {"FLOAT32": 4, "INT32": 4, "INT64": 8, "BOOL": 1}
"""Bytes of an element of the types that FILL takes."""


def repeat_when_run(model: Any, weights: Sequence[WeightExpr]) -> None:
    """Replace repeated numbers, in place, by a FILL, which runs once: when a file is prepared.

    What a BROADCAST_TO takes needs none.

    Args:
        model: A `ModelT` whose external buffers have indices of ``weights`` as offsets.
        weights: What the external buffers hold.
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
        schema: The schema's module.
        model: The `ModelT`.
        graph: Its first `SubGraphT`.
        external: The expressions of external buffers, by the buffers' numbers.
    """

    schema: Any
    model: Any
    graph: Any
    external: Mapping[int, WeightExpr]

    @classmethod
    def of(cls, model: Any, weights: Sequence[WeightExpr]) -> _Constants:
        """Those of a file."""
        buffers = model.externalBuffers or ()
        external = {buffer.id: weights[int(buffer.offset)] for buffer in buffers}
        return cls(load_schema(), model, model.subgraphs[0], external)

    def number(self, index: int) -> bytes:
        """The bytes of the number that all elements of a large constant are; empty if none."""
        tensor = self.graph.tensors[index]
        size = self._element_size(tensor)
        if tensor.externalBuffer:
            return _number_of(self.external[tensor.externalBuffer])
        data = self.model.buffers[tensor.buffer].data
        if not size or data is None or len(data) < _SMALLEST:
            return b""
        elements = np.asarray(data, np.uint8).reshape(-1, size)
        return elements[0].tobytes() if (elements == elements[0]).all() else b""

    def _element_size(self, tensor: Any) -> int:
        kinds = self.schema.TensorType
        return next(
            (size for name, size in _SIZES.items() if tensor.type == getattr(kinds, name)), 0
        )

    def takers(self, index: int) -> set[str]:
        """The names of the operators that take a tensor; of outputs, ``""``, too."""
        names = {code: name for name, code in vars(self.schema.BuiltinOperator).items()}
        found = {
            names[self.model.operatorCodes[each.opcodeIndex].builtinCode]
            for each in self.graph.operators
            if index in each.inputs
        }
        return found | ({""} if index in self.graph.outputs else set())

    def shrink(self, index: int, number: bytes) -> None:
        """Keep one element, for an operator that repeats it."""
        tensor = self.graph.tensors[index]
        tensor.shape = np.ones(len(tensor.shape), np.int32)
        tensor.shapeSignature = None
        self._store(tensor, number)

    def fill(self, index: int, number: bytes) -> None:
        """Let a FILL compute a tensor."""
        result = self.graph.tensors[index]
        value, sizes = copy.copy(result), self.schema.TensorT()
        value.name, sizes.name = result.name + b"/number", result.name + b"/sizes"
        value.shape, value.shapeSignature = np.array([], np.int32), None
        sizes.type, sizes.shape = self.schema.TensorType.INT32, np.array([len(result.shape)])
        self._store(value, number)
        self._store(sizes, np.asarray(result.shape, np.int32).tobytes())
        result.buffer = result.externalBuffer = 0
        self.graph.tensors.extend([sizes, value])
        last = len(self.graph.tensors) - 1
        operator = self.schema.OperatorT()
        operator.opcodeIndex = self._opcode()
        operator.inputs, operator.outputs = [last - 1, last], [index]
        operator.builtinOptionsType = self.schema.BuiltinOptions.FillOptions
        operator.builtinOptions = self.schema.FillOptionsT()
        self.graph.operators.insert(0, operator)

    def _store(self, tensor: Any, content: bytes) -> None:
        buffer = self.schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        self.model.buffers.append(buffer)
        tensor.buffer, tensor.externalBuffer = len(self.model.buffers) - 1, 0

    def empty_unused(self) -> None:
        """Take the data out of buffers that no tensor has any more."""
        graphs = self.model.subgraphs
        used = {int(tensor.buffer) for graph in graphs for tensor in graph.tensors}
        used |= {int(entry.buffer) for entry in self.model.metadata or ()}
        for index, buffer in enumerate(self.model.buffers):
            if index not in used:
                buffer.data = None

    def _opcode(self) -> int:
        code = self.schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = self.schema.BuiltinOperator.FILL
        known = (each.builtinCode == code.builtinCode for each in self.model.operatorCodes)
        number = next((i for i, same in enumerate(known) if same), None)
        if number is not None:
            return number
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1


def _number_of(weight: WeightExpr) -> bytes:
    match weight:
        case Broadcast(source=Literal(data=number, shape=())):
            return number
        case _:
            return b""
