"""Read the names and bounds of dynamic input dimensions from a file's metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from litert_ir.errors import FileRejectedError
from litert_ir.ir.file_dimensions import METADATA_NAME, Axes, dimensions_from_json
from litert_ir.ir.tensor import Shape

Sizes = tuple[int | None, ...]

_FIRST_OFFSET = 2
"""The first offset of a buffer stored behind the flatbuffer: 0 and 1 mean data inside of it."""


def read_dimensions(model: Any, inputs: Mapping[str, Sizes], path: Path) -> Mapping[str, Shape]:
    """Read the shapes of a file's inputs by name, with the names and bounds of dynamic dimensions.

    Args:
        model: The file's tables.
        inputs: The sizes of its inputs, with None for a dynamic dimension.
        path: The file.

    Returns:
        The shapes; empty for a file without such metadata.

    Raises:
        FileRejectedError: When the metadata are damaged, or describe other inputs.
    """
    contents = list(_contents(model, path))
    if not contents:
        return {}
    try:
        axes = dimensions_from_json(contents[0])
    except (ValueError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    if set(axes) != set(inputs):
        raise _damaged(path, f"dimensions of {sorted(axes)}, where inputs are {sorted(inputs)}")
    return {name: _shape(name, axes[name], sizes, path) for name, sizes in inputs.items()}


def _contents(model: Any, path: Path) -> Iterator[bytes]:
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name() == METADATA_NAME.encode():
            yield _data(model.Buffers(entry.Buffer()), path)


def _data(buffer: Any, path: Path) -> bytes:
    start, size = buffer.Offset(), buffer.Size()
    if start < _FIRST_OFFSET:
        return bytes(buffer.DataAsNumpy()) if buffer.DataLength() else b""
    if start + size > path.stat().st_size:
        raise _damaged(path, f"{size} bytes from byte {start} on, where the file has ended")
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


def _shape(name: str, axes: Axes, sizes: Sizes, path: Path) -> Shape:
    if [axis is None for axis in axes] != [size is not None for size in sizes]:
        found = tuple(None if axis is None else str(axis) for axis in axes)
        raise _damaged(path, f"dimensions {found} of input {name!r}, whose shape is {sizes}")
    return tuple(dim for pair in zip(axes, sizes, strict=True) for dim in pair if dim is not None)


def _damaged(path: Path, received: str) -> FileRejectedError:
    return FileRejectedError(
        "The file's metadata of its inputs' dimensions are damaged.",
        where=str(path),
        expected=f"for each input in the metadata {METADATA_NAME!r} one entry per axis, null "
        "where the size is fixed",
        received=received,
        advice="convert the model again; a tool that changes shapes has to leave the metadata out",
    )
