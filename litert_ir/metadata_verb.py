"""The public verb that gives a LiteRT file of any origin metadata."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.litert.files import mapped, unpacked
from litert_ir.conversion.target import pending_file
from litert_ir.conversion.target_checks import check_target
from litert_ir.errors import FileRejectedError, OptionsError
from litert_ir.ir.described_tensors import misfits, named
from litert_ir.ir.metadata import Metadata
from litert_ir.metadata.associated_files import append_files, read_files
from litert_ir.metadata.completion import rewrite
from litert_ir.metadata.file_entry import put_entry
from litert_ir.metadata.file_metadata import FileMetadata
from litert_ir.metadata.flatbuffer import Node, flatbuffer_of
from litert_ir.metadata.given_metadata import GivenMetadata, metadata_from
from litert_ir.metadata.metadata_reader import read_metadata, read_tree
from litert_ir.metadata.model_tree import DescribedFile, described, with_origin
from litert_ir.metadata.origin import recorded_origin
from litert_ir.metadata.tensor_specs import FileTensors, file_tensors
from litert_ir.runtime.existing_file import existing_file
from litert_ir.runtime.interface_reader import damage_rejected, file_tables

_CHANGE = "described anew"
"""The record of the change: the plan of the file says something else."""

_COMPILED = b"DISPATCH_OP"
"""The custom operator of files that are compiled for a chip; they hold its code by position."""


def write_metadata(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    metadata: GivenMetadata,
    *,
    replace: bool = False,
) -> FileMetadata:
    """Write a copy of a LiteRT file of any origin that says of itself what the metadata say.

    The model in the file stays as it is. What the metadata leave open stays as the file has it,
    as do the parts of the schema that they have no words for, the files that it carries, and the
    record of how it was made.

    Args:
        source: The file.
        target: The path to write to, ending in ``.tflite``; it may be the source.
        metadata: A `Metadata`, a dict with their fields, or the path of a ``.toml`` or ``.json``
            file. Inputs and outputs have the names that the file's signature has.
        replace: Leave out what the file said before, the record of how it was made excepted.

    Returns:
        The metadata of the new file, as they are read from it.

    Raises:
        FilepathError: When the target's name does not end in ``.tflite``.
        TargetError: When the target cannot be written.
        ModelSourceError: When there is no source.
        FileRejectedError: When the source is no LiteRT file, damaged, or compiled for a chip.
        OptionsError: When the metadata are malformed, or do not fit the file.

    Example:
        ``write_metadata("m.tflite", "m.tflite", {"author": "Ada", "license": "MIT"})``
    """
    written = check_target(target)
    file = existing_file(source).absolute()
    wanted = metadata_from(metadata)
    with damage_rejected(file):
        content = mapped(file)
        with file_tables(file) as tables:
            tensors = file_tensors(tables)
            before = _before(tables, file, replace=replace)
        changed = _described(before, wanted, tensors)
        model = unpacked(content)
        _require_portable(model, file)
        put_entry(model, flatbuffer_of(changed.tree))
        with pending_file(written) as pending:
            rewrite(model, content, pending.path)
            append_files(pending.path, changed.files)
            pending.commit()
    found = read_metadata(written)
    assert found is not None, "it was written"
    return found


def _before(tables: Any, path: Path, *, replace: bool) -> DescribedFile:
    """The description that a file has; of one to be replaced, how the file was made alone."""
    try:
        tree = read_tree(tables, path) or {}
    except FileRejectedError:
        if not replace:
            raise
        tree = {}
    if not replace:
        return DescribedFile(tree, read_files(path))
    origin = recorded_origin(tree)
    empty: Node = {}
    return DescribedFile(empty if origin is None else with_origin(empty, origin), {})


def _described(before: DescribedFile, metadata: Metadata, tensors: FileTensors) -> DescribedFile:
    wanted = named(metadata, tensors.inputs, tensors.outputs)
    for problem in misfits(wanted, tensors.inputs, tensors.outputs):
        raise OptionsError(
            "The metadata do not fit the file's inputs and outputs.",
            where=problem.path,
            expected=problem.expected,
            received=problem.received,
        )
    changed = described(before, wanted, tensors.inputs, tensors.outputs)
    origin = recorded_origin(changed.tree)
    if origin is None or origin.changes[-1:] == (_CHANGE,):
        return changed
    return attrs.evolve(changed, tree=with_origin(changed.tree, origin.changed(_CHANGE)))


def _require_portable(model: Any, path: Path) -> None:
    if any(code.customCode == _COMPILED for code in model.operatorCodes or ()):
        raise FileRejectedError(
            "The file is compiled for a chip, and finds its code by its position in the file.",
            where=str(path),
            expected="the portable file that it was compiled from",
            advice="give the metadata to the export that compiles it",
        )
