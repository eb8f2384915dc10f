"""Add constants and operators to the object tree of a LiteRT file."""

from __future__ import annotations

import copy
import enum
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Array
from litert_ir.stablehlo.dynamic_shapes.graph_reader import name_of, shape_of, tensor_name

_WIDE = 4
"""Ranks above it need a later version of some kernels."""
_LAST_DEPRECATED_CODE = 127
"""The schema's first field for operator codes has one byte; from here on it holds this."""


class Kernel(enum.Enum):
    """The operators that compute what depends on sizes; the value is the table of its options."""

    SHAPE = "ShapeOptions"
    STRIDED_SLICE = "StridedSliceOptions"
    CONCATENATION = "ConcatenationOptions"
    ADD = "AddOptions"
    MUL = "MulOptions"
    DIV = "DivOptions"
    POW = "PowOptions"
    CAST = "CastOptions"
    RANGE = "RangeOptions"
    RESHAPE = "ReshapeOptions"
    BROADCAST_TO = "BroadcastToOptions"
    LESS_EQUAL = "LessEqualOptions"
    GREATER_EQUAL = "GreaterEqualOptions"
    LOGICAL_AND = "LogicalAndOptions"
    LOGICAL_NOT = "LogicalNotOptions"
    SELECT_V2 = "SelectV2Options"


@attrs.frozen(kw_only=True)
class Result:
    """What an added operator computes.

    Attributes:
        name: The tensor's name.
        dtype: Its element type, by numpy's name.
        dims: Its sizes; None for a dynamic one.
        quantization: What its numbers stand for, as the schema's object.
    """

    name: str
    dtype: str
    dims: tuple[int | None, ...]
    quantization: Any = None


class ModelEditor:
    """Adds buffers and operator codes to a model.

    Args:
        schema: The module of the schema's classes.
        model: A `ModelT`; it is changed in place.

    Attributes:
        has_open_masks: Whether a mask without a limit on one side was added.
    """

    def __init__(self, schema: Any, model: Any) -> None:
        self.schema = schema
        self.model = model
        self.has_open_masks = False

    def add_buffer(self, data: bytes) -> int:
        """The index of a new buffer."""
        buffer = self.schema.BufferT()
        if data:
            buffer.data = np.frombuffer(data, np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def operator_code(self, kernel: Kernel, dtype: str, rank: int) -> int:
        """The index of an operator code; one that is there is used again.

        Args:
            kernel: Which operator.
            dtype: The element type of its first input.
            rank: The rank of its first input.
        """
        number = getattr(self.schema.BuiltinOperator, kernel.name)
        version = _version(kernel, dtype, rank)
        for index, code in enumerate(self.model.operatorCodes):
            known = max(code.builtinCode, code.deprecatedBuiltinCode)
            if known == number and code.version >= version:
                return index
        code = self.schema.OperatorCodeT()
        code.builtinCode, code.version = number, version
        code.deprecatedBuiltinCode = min(number, _LAST_DEPRECATED_CODE)
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def options(self, kernel: Kernel, fields: Mapping[str, int]) -> tuple[int, Any]:
        """The type number and the object of an operator's options."""
        options = getattr(self.schema, f"{kernel.value}T")()
        for name, value in fields.items():
            setattr(options, name, value)
        return getattr(self.schema.BuiltinOptions, kernel.value), options

    def type_number(self, dtype: str) -> int:
        """The schema's number of an element type."""
        number: int = getattr(self.schema.TensorType, dtype.upper())
        return number


class GraphEditor:
    """Adds tensors and operators to one graph; `finish` puts the operators in place.

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
            self._constants[key] = self._tensor(result, self.model.add_buffer(data))
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
            self._constants[key] = self._tensor(result, self.model.add_buffer(data))
        return self._constants[key]

    def reshaped(self, tensor: int, shape: tuple[int, ...]) -> int:
        """A constant that stands elsewhere, as a tensor of another shape."""
        key = (tensor, shape)
        if key not in self._constants:
            made = copy.copy(self.graph.tensors[tensor])
            set_dims(made, shape)
            self.graph.tensors.append(made)
            self._constants[key] = len(self.graph.tensors) - 1
        return self._constants[key]

    def rank(self, tensor: int) -> int:
        """How many dimensions a tensor has."""
        return len(shape_of(self.graph.tensors[tensor]))

    def add(self, kernel: Kernel, inputs: Sequence[int], result: Result, **options: int) -> int:
        """Run an operator after those added or kept so far; one that was added runs once.

        Returns:
            The tensor that holds its result.
        """
        key = (kernel, *inputs, *options.items())
        if key not in self._results:
            operator = self.model.schema.OperatorT()
            self.retarget(operator, kernel, inputs, **options)
            self._results[key] = self._tensor(result, self.model.add_buffer(b""))
            operator.outputs = np.array([self._results[key]], np.int32)
            self._operators.append(operator)
        return self._results[key]

    def retarget(
        self, operator: Any, kernel: Kernel, inputs: Sequence[int], **options: int
    ) -> None:
        """Turn an operator into another one with the same results."""
        dtype = self._dtype(self.graph.tensors[inputs[0]])
        operator.opcodeIndex = self.model.operator_code(kernel, dtype, self.rank(inputs[0]))
        operator.inputs = np.array(inputs, np.int32)
        operator.builtinOptionsType, operator.builtinOptions = self.model.options(kernel, options)

    def keep(self, operator: Any) -> None:
        """Run an operator of the file after those added or kept so far."""
        self._kept.append(len(self._operators))
        self._operators.append(operator)

    def finish(self) -> tuple[int, ...]:
        """Give the graph the operators that were added and kept, in that order.

        Returns:
            The places of those that were kept.
        """
        self.graph.operators = self._operators
        return tuple(self._kept)

    def _dtype(self, tensor: Any) -> str:
        return name_of(self.model.schema.TensorType, tensor.type).lower()

    def _tensor(self, result: Result, buffer: int) -> int:
        tensor = self.model.schema.TensorT()
        tensor.name, tensor.buffer = result.name.encode(), buffer
        tensor.type, tensor.hasRank = self.model.type_number(result.dtype), True
        tensor.quantization = result.quantization
        set_dims(tensor, result.dims)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1


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
