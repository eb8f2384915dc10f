"""A LiteRT file's flatbuffer as a tree of objects that can be edited, and back."""

from __future__ import annotations

from typing import Any

import flatbuffers
from typing_extensions import override

from litert_ir.backends import load_schema

_FILE_IDENTIFIER = b"TFL3"
_ROOM_FOR_TABLES = 1 << 16
_ALIGNMENT = 16
"""Bytes; ``force_align`` of ``Buffer.data`` in the schema, which Python's code ignores."""


class _AligningBuilder(flatbuffers.Builder):  # type: ignore[misc]
    """Puts vectors of bytes, as constants are, where kernels may load them."""

    @override
    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> Any:
        alignment = max(alignment, _ALIGNMENT) if elemSize == 1 else alignment
        return super().StartVector(elemSize, numElems, alignment)


def unpacked(content: bytes) -> Any:
    """The `ModelT` of a file; it takes milliseconds for each hundred operators."""
    return load_schema().ModelT.InitFromPackedBuf(content, 0)


def packed(model: Any, size: int = 0) -> bytearray:
    """The file of a `ModelT`, which takes as long; its constants are aligned to 16 bytes.

    Args:
        model: The tree.
        size: About how many bytes the file has, where the tree holds large data.
    """
    builder = _AligningBuilder(size + _ROOM_FOR_TABLES)
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    content: bytearray = builder.Output()
    return content
