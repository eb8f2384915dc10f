"""Read the tensors of a LiteRT file from its tables, without running it."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.litert.schema import type_name
from litert_ir.runtime.interface_reader import file_tables, is_quantized
from litert_ir.runtime.unique_names import stored_name, unique_names

_INSIDE = 1
"""The largest buffer offset that means data inside the flatbuffer; source: schema.fbs."""


class TensorKind(enum.Enum):
    """The role of a tensor."""

    INPUT = "input"
    WEIGHT = "weight"
    ACTIVATION = "activation"
    OUTPUT = "output"


@attrs.frozen(kw_only=True)
class StoredTensor:
    """A tensor of a file.

    Attributes:
        index: Its number in the subgraph.
        name: Its name, with a number behind it where tensors before it have the same name.
        kind: Its role.
        dtype: Its element type by the schema's name in lower case, such as ``int4``.
        is_quantized: Whether its integers represent real values.
        operator: The name of the first result of its producer, or of its first user if it has no
            producer; "" if no operator refers to it.
    """

    index: int
    name: str
    kind: TensorKind
    dtype: str
    is_quantized: bool
    operator: str

    @property
    def is_half_weight(self) -> bool:
        """Return whether it is a weight that is stored in 16 bits."""
        return self.kind is TensorKind.WEIGHT and self.dtype in ("float16", "bfloat16")

    @property
    def is_float(self) -> bool:
        """Return whether it holds floating point numbers."""
        return self.dtype.startswith("float")


@attrs.frozen
class TensorTable:
    """The tensors of the first signature's subgraph, in order.

    Attributes:
        subgraph: The subgraph's number.
        tensors: Its tensors.
    """

    subgraph: int
    tensors: tuple[StoredTensor, ...]


def read_tensors(path: Path) -> TensorTable:
    """Read the tensors of a file that `read_interface` accepts.

    Raises:
        FileRejectedError: When the tables are damaged or truncated.
    """
    with file_tables(path) as model:
        return _read(model)


def _read(model: Any) -> TensorTable:
    number = model.SignatureDefs(0).SubgraphIndex()
    graph = model.Subgraphs(number)
    stored = [graph.Tensors(index) for index in range(graph.TensorsLength())]
    names = unique_names([stored_name(tensor) for tensor in stored])
    kinds, operators = _kinds(graph), _operators(graph)
    tensors = tuple(
        StoredTensor(
            index=index,
            name=names[index],
            kind=kinds.get(index, _kind_inside(model, tensor)),
            dtype=type_name(tensor.Type()),
            is_quantized=is_quantized(tensor),
            operator=names[operators[index]] if index in operators else "",
        )
        for index, tensor in enumerate(stored)
    )
    return TensorTable(number, tensors)


def _kinds(graph: Any) -> dict[int, TensorKind]:
    inputs = dict.fromkeys(map(graph.Inputs, range(graph.InputsLength())), TensorKind.INPUT)
    outputs = dict.fromkeys(map(graph.Outputs, range(graph.OutputsLength())), TensorKind.OUTPUT)
    return inputs | outputs


def _operators(graph: Any) -> dict[int, int]:
    """Return the first result of each tensor's operator, by index."""
    made: dict[int, int] = {}
    used: dict[int, int] = {}
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        results = [operator.Outputs(i) for i in range(operator.OutputsLength())]
        made |= dict.fromkeys(results, next(iter(results), -1))
        for index in range(operator.InputsLength()):
            if results:
                used.setdefault(operator.Inputs(index), results[0])
    return used | made


def _kind_inside(model: Any, tensor: Any) -> TensorKind:
    return TensorKind.WEIGHT if is_constant(model, tensor) else TensorKind.ACTIVATION


def is_constant(model: Any, tensor: Any) -> bool:
    """Tell whether a file stores the values of a tensor.

    Args:
        model: The file's tables.
        tensor: The tensor's table.
    """
    buffer = model.Buffers(tensor.Buffer())
    return bool(buffer.DataLength() > 0 or buffer.Offset() > _INSIDE)
