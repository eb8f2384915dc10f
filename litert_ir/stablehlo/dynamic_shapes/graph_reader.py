"""Read the operators, tensors and signatures in a LiteRT file's object tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.schema import operator_name
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Content, Inline, Outside

_IN_FILE = 2
"""The smallest offset of a buffer that is a place in the file."""
_LISTS = (np.ndarray, list, tuple)


@attrs.frozen(eq=False)
class FileView:
    """The object tree of a file, with readers for its operators and buffers.

    Attributes:
        model: The file as a `ModelT`.
    """

    model: Any

    def code(self, operator: Any) -> str:
        """The name of what an operator does, such as ``ADD`` or ``CUSTOM FlexErf``."""
        code = self.model.operatorCodes[operator.opcodeIndex]
        name = operator_name(self.model, operator)
        return f"{name} {code.customCode.decode()}" if code.customCode else name

    def content(self, tensor: Any) -> Content | None:
        """Return the content that the file holds for a tensor; None when the tensor is computed."""
        if tensor.externalBuffer:
            return Outside(tuple(self._place(tensor.externalBuffer)))
        buffer = self.model.buffers[tensor.buffer]
        if buffer.offset >= _IN_FILE:
            return Outside((buffer.offset, buffer.size))
        return Inline(bytes(buffer.data)) if buffer.data is not None and len(buffer.data) else None

    def describe(self, operator: Any, graph: Any) -> str:
        """Describe an operator in an error message: its code, and the tensor that it computes."""
        if operator is None:
            return "none"
        names = [
            tensor_name(graph.tensors[index]) for index in indices(operator.outputs) if index >= 0
        ]
        return f"{self.code(operator)} {names[0]!r}" if names else self.code(operator)

    def _place(self, number: int) -> Iterator[object]:
        for place in self.model.externalBuffers or ():
            if place.id == number:
                group = self.model.externalBufferGroups[place.group]
                yield from (group.name, place.offset, place.length, place.packing)


def indices(values: Any) -> list[int]:
    """The numbers of a vector of the schema, which is absent when it is empty."""
    return [] if values is None else [int(value) for value in values]


def shape_of(tensor: Any) -> tuple[int, ...]:
    """The shape of a tensor; () for a scalar."""
    return tuple(indices(tensor.shape))


def tensor_name(tensor: Any) -> str:
    """The name of a tensor; it holds the path of the layer, where the converter kept it."""
    return tensor.name.decode(errors="replace") if tensor.name else ""


def signature_entries(model: Any, graph_index: int) -> list[Any]:
    """Return the signatures' entries for a graph's inputs and outputs, to be edited."""
    return [
        entry
        for signature in model.signatureDefs or ()
        if signature.subgraphIndex == graph_index
        for entry in (*(signature.inputs or ()), *(signature.outputs or ()))
    ]


@attrs.frozen(eq=False)
class Difference:
    """A field that has two values, such as ``builtinOptions.filterHeight``."""

    field: str
    first: object
    second: object


def differences(first: Any, second: Any, field: str) -> Iterator[Difference]:
    """The fields in which two objects of the schema differ.

    Args:
        first: An object of the schema, a list of such, or a plain value.
        second: Its counterpart in the other file.
        field: The field that holds them.
    """
    if isinstance(first, _LISTS) and isinstance(second, _LISTS) and len(first) == len(second):
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from differences(one, other, f"{field}[{number}]")
    elif hasattr(first, "__dict__") and type(first) is type(second):
        for name, value in vars(first).items():
            yield from differences(value, vars(second)[name], f"{field}.{name}")
    elif isinstance(first, _LISTS) or isinstance(second, _LISTS) or first != second:
        yield Difference(field, first, second)
