"""Read the entries of a LiteRT file's metadata: a name, and the bytes of a buffer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FIRST_OFFSET = 2
"""The first offset of a buffer stored behind the flatbuffer: 0 and 1 mean data inside of it."""


def entry_contents(model: Any, name: str, path: Path) -> Iterator[bytes]:
    """Yield the contents of the entries of one name.

    Args:
        model: The file's tables.
        name: The name.
        path: The file.

    Raises:
        ValueError: When one ends behind the file.
    """
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name() == name.encode():
            yield _data(model.Buffers(entry.Buffer()), path)


def _data(buffer: Any, path: Path) -> bytes:
    start, size = buffer.Offset(), buffer.Size()
    if start < _FIRST_OFFSET:
        return bytes(buffer.DataAsNumpy()) if buffer.DataLength() else b""
    if start + size > path.stat().st_size:
        raise ValueError(f"{size} bytes from byte {start} on, where the file has ended")
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
