"""Read the names and bounds of dynamic input dimensions from a file's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litert_ir.errors import FileRejectedError
from litert_ir.ir.file_dimensions import METADATA_NAME, Axes, dimensions_from_json
from litert_ir.ir.tensor import Shape
from litert_ir.runtime.entry_contents import entry_contents

Sizes = tuple[int | None, ...]


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
    try:
        contents = list(entry_contents(model, METADATA_NAME, path))
        if not contents:
            return {}
        axes = dimensions_from_json(contents[0])
    except (ValueError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    if set(axes) != set(inputs):
        raise _damaged(path, f"dimensions of {sorted(axes)}, where inputs are {sorted(inputs)}")
    return {name: _shape(name, axes[name], sizes, path) for name, sizes in inputs.items()}


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
