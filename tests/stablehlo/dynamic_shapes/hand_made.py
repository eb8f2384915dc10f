"""Small LiteRT files, written tensor by tensor, for what no converter writes on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import flatbuffers
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_schema
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.stablehlo.dynamic_shapes.generalize import generalize

Array = NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class Tensor:
    """A tensor of a file.

    Attributes:
        shape: Its shape.
        dtype: Its element type, by numpy's name.
        data: Its values, if it is a constant in the file.
        external: Which weight it is, if it is a constant elsewhere; from 1 on.
        offset: Where the file holds its values, if that is behind the tables.
        is_variable: Whether it is a state that a runtime keeps.
        scale: What one step of its integers stands for, if it is quantized.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    data: Array | None = None
    external: int = 0
    offset: int = 0
    is_variable: bool = False
    scale: float | None = None


def constant(values: Any, dtype: str = "int32") -> Tensor:
    """A constant in the file."""
    array = np.array(values, dtype)
    return Tensor(shape=array.shape, dtype=dtype, data=array)


@attrs.frozen(kw_only=True)
class Operator:
    """An operator of a file.

    Attributes:
        code: What it does.
        inputs: The names of the tensors that it takes.
        outputs: The names of the tensors that it computes.
        options: The fields of its options.
    """

    code: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    options: Mapping[str, object] = attrs.field(factory=dict)


_FIRST_VERSIONS = {"BROADCAST_TO": 2, "STRIDED_SLICE": 8}
_OPTIONS = {
    "RESHAPE": "ReshapeOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "SPLIT_V": "SplitVOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
}


def hand_made(
    tensors: Mapping[str, Tensor],
    operators: Sequence[Operator],
    inputs: Sequence[str] = ("input_0",),
    outputs: Sequence[str] = ("output_0",),
) -> bytes:
    """A file with one graph, whose inputs and outputs its signature calls by their names."""
    schema = load_schema()
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.subgraphs, model.operatorCodes = 3, [graph], []
    model.buffers = [schema.BufferT()]
    places = {name: place for place, name in enumerate(tensors)}
    graph.tensors = [_tensor(schema, model, name, tensor) for name, tensor in tensors.items()]
    graph.inputs, graph.outputs = ([places[name] for name in side] for side in (inputs, outputs))
    graph.operators = [_operator(schema, model, operator, places) for operator in operators]
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = b"serving_default", 0
    signature.inputs = [_entry(schema, name, places[name]) for name in inputs]
    signature.outputs = [_entry(schema, name, places[name]) for name in outputs]
    model.signatureDefs = [signature]
    _add_weights(schema, model, [tensor.external for tensor in tensors.values()])
    builder = flatbuffers.Builder(1 << 12)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _tensor(schema: Any, model: Any, name: str, tensor: Tensor) -> Any:
    made = schema.TensorT()
    made.name, made.hasRank = name.encode(), True
    made.shape = np.array(tensor.shape, np.int32)
    made.type = getattr(schema.TensorType, tensor.dtype.upper())
    made.isVariable, made.externalBuffer = tensor.is_variable, tensor.external
    if tensor.scale is not None:
        made.quantization = schema.QuantizationParametersT()
        made.quantization.scale, made.quantization.zeroPoint = [tensor.scale], [0]
    buffer = schema.BufferT()
    if tensor.data is not None:
        buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
    buffer.offset = tensor.offset
    model.buffers.append(buffer)
    made.buffer = len(model.buffers) - 1
    return made


def _operator(schema: Any, model: Any, operator: Operator, places: Mapping[str, int]) -> Any:
    made, code = schema.OperatorT(), schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, operator.code)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = _FIRST_VERSIONS.get(operator.code, 1)
    model.operatorCodes.append(code)
    made.opcodeIndex = len(model.operatorCodes) - 1
    made.inputs, made.outputs = (
        [places[name] if name else -1 for name in side]
        for side in (operator.inputs, operator.outputs)
    )
    if operator.options:
        options = _OPTIONS[operator.code]
        made.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        made.builtinOptions = getattr(schema, f"{options}T")()
        for field, value in operator.options.items():
            setattr(made.builtinOptions, field, value)
    return made


def _entry(schema: Any, name: str, place: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name.encode(), place
    return entry


def _add_weights(schema: Any, model: Any, numbers: Sequence[int]) -> None:
    group = schema.ExternalBufferGroupT()
    group.name = b"weights"
    model.externalBufferGroups, model.externalBuffers = [group], []
    for number in sorted(set(numbers) - {0}):
        place = schema.ExternalBufferT()
        place.id, place.offset, place.length, place.packing = number, number, 1, b"raw"
        model.externalBuffers.append(place)


def generalized(first: bytes, second: bytes) -> bytes:
    """The bytes of the file that two files make."""
    return bytes(packed(generalize(unpacked(first), unpacked(second)).model))
