"""Take the contents of buffers out of a flatbuffer, to be written after the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from litert_ir.backends.litert.additions import add_buffer
from litert_ir.backends.litert.schema import type_name
from litert_ir.errors import ConversionError
from litert_ir.stablehlo.weights.evaluate import Parameters, evaluate_chunks
from litert_ir.stablehlo.weights.expressions import WeightExpr
from litert_ir.stablehlo.writing.shared_buffers import first_equal


@attrs.frozen
class Constant:
    """Bytes that the skeleton holds itself."""

    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")

    @property
    def nbytes(self) -> int:
        """Number of bytes."""
        return len(self.data)


@attrs.frozen
class Payload:
    """The content of one buffer of a file.

    Attributes:
        buffer: The buffer's index in the model.
        source: The bytes, or how to compute them.
    """

    buffer: int
    source: Constant | WeightExpr

    @property
    def nbytes(self) -> int:
        """Number of bytes."""
        return self.source.nbytes

    def chunks(self, parameters: Parameters) -> Iterator[bytes | memoryview]:
        """The bytes, in pieces."""
        if isinstance(self.source, Constant):
            return iter((self.source.data,))
        return evaluate_chunks(self.source, parameters)


def take_payloads(
    model: Any, weights: Sequence[WeightExpr], parameters: Parameters
) -> tuple[Payload, ...]:
    """Empty a model's buffers, and give each big weight a buffer of its own.

    Args:
        model: A `ModelT` whose external buffers have indices of ``weights`` as offsets; it
            is changed: there are no external buffers afterwards, and no data in any buffer.
        weights: The expressions of the external buffers.
        parameters: Gives the variables.

    Returns:
        What to put into which buffer: the model's own constants first, then the weights in
        the order in which tensors use them, equal ones once.

    Raises:
        ConversionError: When a tensor is not of its weight's type and size.
    """
    constants = [
        Payload(index, Constant(bytes(buffer.data)))
        for index, buffer in enumerate(model.buffers)
        if buffer.data is not None and len(buffer.data)
    ]
    for payload in constants:
        model.buffers[payload.buffer].data = None
    return (*constants, *_link_weights(model, weights, parameters))


def _link_weights(
    model: Any, weights: Sequence[WeightExpr], parameters: Parameters
) -> Iterator[Payload]:
    tensors = external_tensors(model, weights)
    first = first_equal({index: weights[index] for index in tensors}, parameters)
    buffer_of: dict[int, int] = {}
    for index, users in tensors.items():
        kept = first[index]
        if kept not in buffer_of:
            buffer_of[kept] = add_buffer(model)
            yield Payload(buffer_of[kept], weights[kept])
        for tensor in users:
            tensor.buffer, tensor.externalBuffer = buffer_of[kept], 0
    model.externalBuffers = model.externalBufferGroups = None


def external_tensors(model: Any, weights: Sequence[WeightExpr]) -> dict[int, list[Any]]:
    """The tensors that use each weight, by its index, in the order of the file."""
    offsets = {buffer.id: int(buffer.offset) for buffer in model.externalBuffers or ()}
    found: dict[int, list[Any]] = {}
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if tensor.externalBuffer:
                index = offsets.get(tensor.externalBuffer, -1)
                _check_tensor(tensor, index, weights)
                found.setdefault(index, []).append(tensor)
    return found


def _check_tensor(tensor: Any, index: int, weights: Sequence[WeightExpr]) -> None:
    shape = () if tensor.shape is None else tuple(map(int, np.asarray(tensor.shape)))
    known = 0 <= index < len(weights)
    weight = weights[index] if known else None
    if weight is None or (shape, type_name(tensor.type)) != (weight.shape, weight.dtype):
        raise ConversionError(
            "A tensor of the converted graph has no weight of its shape and type.",
            where=f"tensor {(tensor.name or b'').decode()!r}",
            expected=f"one of {len(weights)} weights"
            if weight is None
            else f"{weight.shape} {weight.dtype}",
            received=f"weight {index}" if weight is None else f"{shape} {type_name(tensor.type)}",
        )
