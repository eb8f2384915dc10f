"""A reader of TFLite's metadata by the offsets in its tables, independent of `litert_ir.metadata`.

The offsets are those that flatc writes into generated readers of ``metadata_schema.fbs``: 4 for the
first field of a table, and 2 more for each one after it.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from flatbuffers import number_types
from flatbuffers.table import Table

from litert_ir.backends import load_schema

# ModelMetadata
NAME, DESCRIPTION, VERSION, SUBGRAPHS, AUTHOR, LICENSE, _, PARSER = range(4, 20, 2)
# SubGraphMetadata
INPUTS, OUTPUTS, CUSTOM = 8, 10, 22
# TensorMetadata
CONTENT, UNITS, STATS, FILES = 10, 12, 14, 16


def stored_metadata(path: Path) -> bytes:
    """The buffer of a file's entry TFLITE_METADATA."""
    content = path.read_bytes()
    model = load_schema().ModelT.InitFromPackedBuf(content, 0)
    (entry,) = [entry for entry in model.metadata if entry.name == b"TFLITE_METADATA"]
    buffer = model.buffers[entry.buffer]
    if buffer.offset > 1:
        return content[buffer.offset : buffer.offset + buffer.size]
    return bytes(buffer.data)


def root(content: bytes) -> Table:
    """The table ModelMetadata."""
    assert content[4:8] == b"M001"
    return Table(content, struct.unpack_from("<I", content)[0])


def text(table: Table, field: int) -> str | None:
    """A string."""
    offset = table.Offset(field)
    return table.String(table.Pos + offset).decode() if offset else None


def number(table: Table, field: int, flags: Any = number_types.Int8Flags) -> Any:
    """A scalar; its default where it is left out."""
    offset = table.Offset(field)
    return table.Get(flags, table.Pos + offset) if offset else 0


def child(table: Table, field: int) -> Table:
    """A table, or the member of a union."""
    return Table(table.Bytes, table.Indirect(table.Pos + table.Offset(field)))


def children(table: Table, field: int) -> list[Table]:
    """A vector of tables."""
    offset = table.Offset(field)
    if not offset:
        return []
    start, count = table.Vector(offset), table.VectorLen(offset)
    return [Table(table.Bytes, table.Indirect(start + 4 * place)) for place in range(count)]


def floats(table: Table, field: int) -> list[float]:
    """A vector of floats."""
    offset = table.Offset(field)
    found: list[float] = table.GetVectorAsNumpy(number_types.Float32Flags, offset).tolist()
    return found


def octets(table: Table, field: int) -> bytes:
    """A vector of bytes."""
    offset = table.Offset(field)
    return bytes(table.GetVectorAsNumpy(number_types.Uint8Flags, offset))
