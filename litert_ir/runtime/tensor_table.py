"""Read which tensors a LiteRT file has, without running it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from litert_ir.backends import load_schema

_INSIDE = 1
"""A buffer's offset up to which its data are in the flatbuffer; source: schema.fbs."""


class TensorKind(enum.Enum):
    """What a tensor is for."""

    INPUT = "input"
    WEIGHT = "weight"
    ACTIVATION = "activation"
    OUTPUT = "output"


@attrs.frozen
class StoredTensor:
    """A tensor of a file.

    Attributes:
        index: Its number in the subgraph.
        name: Its name; where others before it have the same, with a number behind it.
        kind: What it is for.
        is_float: Whether it holds floating point numbers.
        dtype: Its element type by the schema's name in lower case, such as ``int4``.
    """

    index: int
    name: str
    kind: TensorKind
    is_float: bool
    dtype: str


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
    """Read the tensors of a file that `read_interface` accepts."""
    schema = load_schema()
    model = schema.Model.GetRootAs(np.memmap(path, mode="r"), 0)
    number = model.SignatureDefs(0).SubgraphIndex()
    graph = model.Subgraphs(number)
    types = {code: name.lower() for name, code in vars(schema.TensorType).items() if name.isupper()}
    names = unique_names([_name(graph.Tensors(i)) for i in range(graph.TensorsLength())])
    kinds = _kinds(graph)
    tensors = []
    for index, name in enumerate(names):
        tensor = graph.Tensors(index)
        constant = TensorKind.WEIGHT if _is_constant(model, tensor) else TensorKind.ACTIVATION
        dtype = types[tensor.Type()]
        kind = kinds.get(index, constant)
        tensors.append(StoredTensor(index, name, kind, dtype.startswith("float"), dtype))
    return TensorTable(number, tuple(tensors))


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of which no two are equal: later ones get the first number that is free.

    Example:
        >>> unique_names(["a", "a", "a_1", "a"])
        ['a', 'a_1', 'a_1_1', 'a_2']
    """
    taken: dict[str, None] = {}
    for name in names:
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken[unique] = None
    return list(taken)


def _name(tensor: Any) -> str:
    name = tensor.Name()
    return name.decode() if name else "tensor"


def _kinds(graph: Any) -> dict[int, TensorKind]:
    inputs = dict.fromkeys(map(graph.Inputs, range(graph.InputsLength())), TensorKind.INPUT)
    outputs = dict.fromkeys(map(graph.Outputs, range(graph.OutputsLength())), TensorKind.OUTPUT)
    return inputs | outputs


def _is_constant(model: Any, tensor: Any) -> bool:
    buffer = model.Buffers(tensor.Buffer())
    return bool(buffer.DataLength() > 0 or buffer.Offset() > _INSIDE)
