"""A LiteRT file's flatbuffer as a tree of objects that can be edited, and back."""

from __future__ import annotations

import hashlib
import mmap
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from typing_extensions import override

from litert_ir.backends import load_schema

_FILE_IDENTIFIER = b"TFL3"
_ROOM_FOR_TABLES = 1 << 16
_FIRST_OFFSET = 2
"""The first offset of a buffer behind the flatbuffer: 0 and 1 stand for data inside of it."""

_ALIGNMENT = 16
"""Bytes; ``force_align`` of ``Buffer.data`` in the schema, which Python's code ignores."""


class _AligningBuilder(flatbuffers.Builder):  # type: ignore[misc]
    """Aligns vectors of bytes, which hold constants, as kernels require."""

    @override
    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> Any:
        alignment = max(alignment, _ALIGNMENT) if elemSize == 1 else alignment
        return super().StartVector(elemSize, numElems, alignment)


def mapped(path: Path) -> memoryview:
    """A file's content, read from the disk on access."""
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def mapped_to_edit(path: Path) -> memoryview:
    """A file's content as `mapped`, editable in memory; the file on disk stays the same."""
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def unpacked(content: bytes | bytearray | memoryview) -> Any:
    """The `ModelT` of a file; it takes milliseconds for each hundred operators.

    The data of its buffers are views of the content, where they stand inside of the flatbuffer.
    """
    return load_schema().ModelT.InitFromPackedBuf(content, 0)


def has_data(model: Any, tensor: Any) -> bool:
    """Tell whether a tensor is a constant: its buffer has data, in the flatbuffer or outside."""
    buffer = model.buffers[tensor.buffer]
    return int(buffer.offset) >= _FIRST_OFFSET or (buffer.data is not None and len(buffer.data) > 0)


def with_data_inside(model: Any, content: bytes | bytearray | memoryview) -> Any:
    """Give the buffers that stand behind the flatbuffer their data, in place.

    Args:
        model: The `ModelT` of the content.
        content: A file.

    Returns:
        The same model; its new data are views of the content.
    """
    for buffer in model.buffers:
        if int(buffer.offset) >= _FIRST_OFFSET:
            count, start = int(buffer.size), int(buffer.offset)
            buffer.data = np.frombuffer(content, np.uint8, count, start)
            buffer.offset = buffer.size = 0
    return model


def share_equal_data(model: Any) -> None:
    """Share the buffer of tensors with the same bytes, in place; the others become empty.

    Metadata share theirs too.

    Args:
        model: A `ModelT` whose data stand inside of the flatbuffer.
    """
    first: dict[bytes, int] = {}
    same: dict[int, int] = {}
    for index, buffer in enumerate(model.buffers):
        if buffer.data is not None and len(buffer.data):
            digest = hashlib.blake2b(buffer.data).digest()
            same[index] = first.setdefault(digest, index)
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.buffer = same.get(tensor.buffer, tensor.buffer)
    for entry in model.metadata or ():
        entry.buffer = same.get(entry.buffer, entry.buffer)
    for index, kept in same.items():
        if index != kept:
            model.buffers[index].data = None


def write_inline(model: Any, path: Path, size: int) -> None:
    """Write a `ModelT` as one flatbuffer; an interrupted write leaves a partial file.

    Args:
        model: The tree.
        path: The path to write to.
        size: About how many bytes the file has.
    """
    builder = _finished(model, size)
    path.write_bytes(memoryview(builder.Bytes)[builder.Head() :])  # `Output` would copy it


def write_behind(model: Any, content: bytes | bytearray | memoryview, path: Path) -> None:
    """Write a `ModelT` with its data behind the flatbuffer; an interruption leaves a partial file.

    So no more than the tables is in memory, whatever the size of the data.

    Args:
        model: An edited tree; its data are taken out of it.
        content: The file that it was unpacked from, which data behind the flatbuffer are in.
        path: The path to write to.
    """
    data = [
        (buffer, array)
        for buffer in with_data_inside(model, content).buffers
        if (array := buffer.data) is not None and len(array)
    ]
    for buffer, array in data:
        buffer.data, buffer.offset, buffer.size = None, _FIRST_OFFSET, len(array)
    end = len(packed(model))  # a place takes the same room, whatever it is
    for buffer, array in data:
        buffer.offset = end + -end % _ALIGNMENT
        end = buffer.offset + len(array)
    with path.open("wb") as file:
        file.write(packed(model))
        for buffer, array in data:
            file.seek(buffer.offset)
            file.write(memoryview(array))


def packed(model: Any, size: int = 0) -> bytearray:
    """The file of a `ModelT`, which takes as long; its constants are aligned to 16 bytes.

    Args:
        model: The tree.
        size: About how many bytes the file has, where the tree holds large data.
    """
    content: bytearray = _finished(model, size).Output()
    return content


def _finished(model: Any, size: int) -> Any:
    builder = _AligningBuilder(size + _ROOM_FOR_TABLES)
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    return builder
