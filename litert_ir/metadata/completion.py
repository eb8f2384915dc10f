"""Complete a file that a strategy wrote: metadata of its plan, and the files they refer to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litert_ir.backends.litert.files import unpacked, write_behind, write_inline
from litert_ir.errors import FileRejectedError
from litert_ir.ir.plan import ExportPlan
from litert_ir.metadata.associated_files import append_files
from litert_ir.metadata.file_entry import files_of, give_metadata
from litert_ir.metadata.metadata_reader import read_tree
from litert_ir.metadata.origin import FileOrigin, recorded_origin
from litert_ir.runtime.interface_reader import damage_rejected, file_tables

_BEHIND = 2
"""The first offset of a buffer that stands behind the flatbuffer."""


def complete(path: Path, plan: ExportPlan, strategy: str) -> None:
    """Give a file its plan's metadata, unless its strategy did, and the files they refer to.

    Files that cannot be read stay as they are: their verification says why.

    Args:
        path: The file, which is changed.
        plan: The plan.
        strategy: The name of the strategy.
    """
    try:
        origin = _origin(path)
        if origin is None or origin.plan != plan.fingerprint:
            with damage_rejected(path):
                _give(path, plan, strategy)
    except FileRejectedError:
        return
    append_files(path, files_of(plan))


def _origin(path: Path) -> FileOrigin | None:
    with file_tables(path) as model:
        tree = read_tree(model, path)
    return None if tree is None else recorded_origin(tree)


def _give(path: Path, plan: ExportPlan, strategy: str) -> None:
    content = path.read_bytes()  # no map, which would change as the file is written
    model = unpacked(content)
    give_metadata(model, plan, strategy)
    rewrite(model, content, path)


def rewrite(model: Any, content: bytes | memoryview, path: Path) -> None:
    """Write an edited file in the layout that it had: its data inside or behind the flatbuffer.

    Args:
        model: The `ModelT` of the content, edited.
        content: The file that it was unpacked from.
        path: The path to write to.
    """
    if any(int(buffer.offset) >= _BEHIND for buffer in model.buffers):
        write_behind(model, content, path)
    else:
        write_inline(model, path, len(content))
