"""The metadata of a file that was made from another one."""

from __future__ import annotations

from pathlib import Path

from litert_ir.metadata.flatbuffer import flatbuffer_of
from litert_ir.metadata.metadata_reader import read_tree
from litert_ir.metadata.model_tree import with_origin
from litert_ir.metadata.origin import recorded_origin
from litert_ir.runtime.interface_reader import file_tables


def changed_metadata(source: Path, change: str, *packages: str) -> bytes | None:
    """The metadata of a file that a change of another one gives.

    Args:
        source: The other file.
        change: What is done, in words, for the record of how the file was made.
        packages: The names of the packages that do it, on PyPI.

    Returns:
        The content of its entry; None where the source has no such record: then it keeps its
        metadata.

    Raises:
        FileRejectedError: When the source's metadata are damaged.
    """
    with file_tables(source) as model:
        tree = read_tree(model, source)
    origin = None if tree is None else recorded_origin(tree)
    if tree is None or origin is None:
        return None
    return flatbuffer_of(with_origin(tree, origin.changed(change, *packages)))
