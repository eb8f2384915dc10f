"""Add constants and operators to the object tree of a LiteRT file."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.additions import (
    Kernel,
    add_buffer,
    add_tensor,
    new_operator,
    retarget,
)
from litert_ir.backends.litert.schema import new_table, type_name, type_number
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Array
from litert_ir.stablehlo.dynamic_shapes.graph_reader import shape_of, tensor_name

_WIDE = 4
"""The greatest rank of the first version of some kernels."""


@attrs.frozen(kw_only=True)
class Result:
    """The result of an added operator.

    Attributes:
        name: The tensor's name.
        dtype: Its element type, by numpy's name.
        dims: Its sizes; None for a dynamic one.
        quantization: Its quantization parameters, as the schema's object.
    """

    name: str
    dtype: str
    dims: tuple[int | None, ...]
    quantization: Any = None


@attrs.define(eq=False)
class ModelEditor:
    """A model whose graphs are edited.

    Attributes:
        model: A `ModelT`; it is changed in place.
        has_open_masks: Whether a mask without a limit on one side was added.
    """

    model: Any
    has_open_masks: bool = False


class GraphEditor:
    """Adds tensors and operators to one graph; `finish` writes their order.

    Args:
        model: The editor of the graph's model.
        graph: A `SubGraphT`; it is changed in place.
    """

    def __init__(self, model: ModelEditor, graph: Any) -> None:
        self.model = model
        self.graph = graph
        self._operators: list[Any] = []
        self._kept: list[int] = []
        self._constants: dict[tuple[object, ...], int] = {}
        self._results: dict[tuple[object, ...], int] = {}

    def constant(self, values: Array, name: str) -> int:
        """A constant tensor; equal ones are stored once."""
        data = values.tobytes()
        key = (values.dtype.name, values.shape, data)
        if key not in self._constants:
            result = Result(name=name, dtype=values.dtype.name, dims=values.shape)
            self._constants[key] = self._tensor(result, add_buffer(self.model.model, data))
        return self._constants[key]

    def resized(self, tensor: int, values: Array) -> int:
        """A constant like another one, with other values."""
        data = values.tobytes()
        key = (tensor, data)
        if key not in self._constants:
            old = self.graph.tensors[tensor]
            result = Result(
                name=tensor_name(old),
                dtype=values.dtype.name,
                dims=values.shape,
                quantization=old.quantization,
            )
            self._constants[key] = self._tensor(result, add_buffer(self.model.model, data))
        return self._constants[key]

    def reshaped(self, tensor: int, shape: tuple[int, ...]) -> int:
        """A constant that is stored elsewhere, as a tensor of another shape."""
        key = (tensor, shape)
        if key not in self._constants:
            made = copy.copy(self.graph.tensors[tensor])
            set_dims(made, shape)
            self._constants[key] = add_tensor(self.graph, made)
        return self._constants[key]

    def rank(self, tensor: int) -> int:
        """Return the rank of a tensor."""
        return len(shape_of(self.graph.tensors[tensor]))

    def add(self, kernel: Kernel, inputs: Sequence[int], result: Result, **options: int) -> int:
        """Append an operator; an equal one that was added already is used again.

        Returns:
            The tensor that holds its result.
        """
        key = (kernel, *inputs, *options.items())
        if key not in self._results:
            model, version = self.model.model, self._version(kernel, inputs)
            made = self._tensor(result, add_buffer(model))
            self._operators.append(
                new_operator(model, kernel, inputs, [made], version=version, **options)
            )
            self._results[key] = made
        return self._results[key]

    def retarget(
        self, operator: Any, kernel: Kernel, inputs: Sequence[int], **options: int
    ) -> None:
        """Turn an operator into another one with the same results."""
        version = self._version(kernel, inputs)
        retarget(self.model.model, operator, kernel, inputs, version=version, **options)

    def keep(self, operator: Any) -> None:
        """Append an operator of the file."""
        self._kept.append(len(self._operators))
        self._operators.append(operator)

    def finish(self) -> tuple[int, ...]:
        """Set the graph's operators to those that were added and kept, in that order.

        Returns:
            The places of those that were kept.
        """
        self.graph.operators = self._operators
        return tuple(self._kept)

    def _version(self, kernel: Kernel, inputs: Sequence[int]) -> int:
        return _version(kernel, type_name(self.graph.tensors[inputs[0]].type), self.rank(inputs[0]))

    def _tensor(self, result: Result, buffer: int) -> int:
        tensor = new_table("Tensor")
        tensor.name, tensor.buffer = result.name.encode(), buffer
        tensor.type, tensor.hasRank = type_number(result.dtype), True
        tensor.quantization = result.quantization
        set_dims(tensor, result.dims)
        return add_tensor(self.graph, tensor)


def set_dims(tensor: Any, dims: Sequence[int | None]) -> None:
    """Give a tensor its shape; a dynamic dimension has size 1 there, as Keras' exporter writes it.

    Args:
        tensor: A `TensorT`.
        dims: Its sizes; None for a dynamic one.
    """
    tensor.shape = np.array([1 if dim is None else dim for dim in dims], np.int32)
    if None in dims:
        tensor.shapeSignature = np.array([-1 if dim is None else dim for dim in dims], np.int32)


def _version(kernel: Kernel, dtype: str, rank: int) -> int:
    """The first version of a kernel that takes such an input (`op_version.cc` of LiteRT)."""
    match kernel:
        case Kernel.BROADCAST_TO:
            return 3 if dtype in ("int8", "int16") else 2
        case Kernel.RANGE:
            return 2 if dtype == "int64" else 1
        case Kernel.STRIDED_SLICE:
            by_type = {"int8": 2, "bool": 3, "uint32": 7}.get(dtype, 1)
            return max(by_type, 4 if rank > _WIDE else 1)
        case _:
            return 1
