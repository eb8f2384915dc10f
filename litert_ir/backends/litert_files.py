"""A LiteRT file's flatbuffer as a tree of objects that can be edited, and back."""

from __future__ import annotations

from typing import Any

import flatbuffers

from litert_ir.backends import load_schema

_FILE_IDENTIFIER = b"TFL3"
_ROOM_FOR_TABLES = 1 << 16


def unpacked(content: bytes) -> Any:
    """The `ModelT` of a file; it takes milliseconds for each hundred operators."""
    return load_schema().ModelT.InitFromPackedBuf(content, 0)


def packed(model: Any, size: int = 0) -> bytearray:
    """The file of a `ModelT`, which takes as long.

    Args:
        model: The tree.
        size: About how many bytes the file has, where the tree holds large data.
    """
    builder = flatbuffers.Builder(size + _ROOM_FOR_TABLES)
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    content: bytearray = builder.Output()
    return content
