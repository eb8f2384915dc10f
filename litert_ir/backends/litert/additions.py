"""Add buffers, tensors and operators to the object tree of a LiteRT file."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.backends.litert.schema import (
    builtin_code,
    builtin_number,
    new_table,
    options_number,
)

_LAST_OF_A_BYTE = 127
"""The marker for all later codes in the field of one byte; source: the schema, `OperatorCode`."""


class Kernel(enum.Enum):
    """Built-in operators that are added to files; the value names the table of their options.

    Operators without options have an empty name of their own.
    """

    ADD = "AddOptions"
    BITCAST = "BitcastOptions"
    BROADCAST_TO = "BroadcastToOptions"
    CAST = "CastOptions"
    CONCATENATION = "ConcatenationOptions"
    DEQUANTIZE = "DequantizeOptions"
    DIV = "DivOptions"
    EMBEDDING_LOOKUP = ""
    FILL = "FillOptions"
    GREATER_EQUAL = "GreaterEqualOptions"
    LESS_EQUAL = "LessEqualOptions"
    LOGICAL_AND = "LogicalAndOptions"
    LOGICAL_NOT = "LogicalNotOptions"
    MUL = "MulOptions"
    POW = "PowOptions"
    QUANTIZE = "QuantizeOptions"
    RANGE = "RangeOptions"
    RESHAPE = "ReshapeOptions"
    SELECT_V2 = "SelectV2Options"
    SHAPE = "ShapeOptions"
    STRIDED_SLICE = "StridedSliceOptions"


def add_buffer(model: Any, data: bytes = b"") -> int:
    """Add a buffer and return its index; without data, it is for the result of an operator.

    Args:
        model: A `ModelT`; it is changed.
        data: The buffer's bytes.
    """
    buffer = new_table("Buffer")
    if data:
        buffer.data = np.frombuffer(data, np.uint8)
    model.buffers.append(buffer)
    return len(model.buffers) - 1


def add_tensor(graph: Any, tensor: Any) -> int:
    """Add a tensor to a subgraph and return its index.

    Args:
        graph: A `SubGraphT`; it is changed.
        tensor: A `TensorT`.
    """
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def new_operator(
    model: Any,
    kernel: Kernel,
    inputs: Sequence[int],
    outputs: Sequence[int],
    *,
    version: int = 1,
    **options: int,
) -> Any:
    """Create an `OperatorT`, and add its code to the model; the caller inserts it.

    Args:
        model: A `ModelT`; it is changed where no operator has the code so far.
        kernel: The operator's kernel.
        inputs: The tensors that it takes.
        outputs: The tensors that it gives.
        version: The first version of the kernel that takes such inputs.
        options: Fields of the operator's options.
    """
    operator = new_table("Operator")
    operator.outputs = np.array(outputs, np.int32)
    retarget(model, operator, kernel, inputs, version=version, **options)
    return operator


def retarget(
    model: Any,
    operator: Any,
    kernel: Kernel,
    inputs: Sequence[int],
    *,
    version: int = 1,
    **options: int,
) -> None:
    """Turn an operator into another one with the same results, in place; see `new_operator`."""
    operator.opcodeIndex = _operator_code(model, kernel, version)
    operator.inputs = np.array(inputs, np.int32)
    table = kernel.value
    operator.builtinOptionsType = options_number(table) if table else 0
    operator.builtinOptions = new_table(table) if table else None
    for name, value in options.items():
        setattr(operator.builtinOptions, name, value)


def _operator_code(model: Any, kernel: Kernel, version: int) -> int:
    """The index of an operator code, which is added if the model lacks it."""
    number = builtin_number(kernel.name)
    for index, code in enumerate(model.operatorCodes or ()):
        if builtin_code(code) == number and code.version >= version:
            return index
    added = new_table("OperatorCode")
    added.builtinCode, added.version = number, version
    added.deprecatedBuiltinCode = min(number, _LAST_OF_A_BYTE)
    model.operatorCodes = [*(model.operatorCodes or ()), added]
    return len(model.operatorCodes) - 1
