"""Complete a file that a strategy wrote by what the metadata of its plan refer to."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from litert_ir.backends.litert.files import unpacked, write_behind, write_inline
from litert_ir.errors import FileRejectedError
from litert_ir.ir.plan import ExportPlan
from litert_ir.metadata.associated_files import append_files
from litert_ir.metadata.file_entry import files_of, give_metadata
from litert_ir.metadata.metadata_reader import read_tree
from litert_ir.metadata.origin import recorded_origin
from litert_ir.runtime.interface_reader import damage_rejected, file_tables

_BEHIND = 2
"""The first offset of a buffer that stands behind the flatbuffer."""


def complete(path: Path, plan: ExportPlan, strategy: str) -> None:
    """Add the files that a plan's metadata refer to, and these where a strategy left them out.

    Strategies of others write files without the record of how they are made. Such a file stays as
    it is, to the byte, where the plan has nothing to say of it; and so does one that cannot be
    read: its verification says why.

    Args:
        path: The file, which is changed.
        plan: The plan.
        strategy: The name of the strategy.
    """
    if plan.metadata.is_empty:
        return
    with contextlib.suppress(FileRejectedError):
        if not _has_origin(path):
            with damage_rejected(path):
                _give(path, plan, strategy)
        append_files(path, files_of(plan))


def _has_origin(path: Path) -> bool:
    with file_tables(path) as model:
        tree = read_tree(model, path)
    return tree is not None and recorded_origin(tree) is not None


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
