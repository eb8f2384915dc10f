"""In the child process: one loaded LiteRT file, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from litert_ir.runtime.interface_scales import InterfaceScale
from litert_ir.runtime.interpreter import Array, LoadedFile

Scales = Mapping[str, InterfaceScale]


@attrs.frozen
class FileKey:
    """Which file is meant.

    Attributes:
        path: Where it is.
        keep_tensors: Whether to keep what all operators compute.
        number: What tells this use of the file from others.
    """

    path: Path
    keep_tensors: bool = attrs.field(kw_only=True)
    number: str = attrs.field(kw_only=True)


_LOADED: dict[FileKey, LoadedFile] = {}
"""The file that this process has at present."""


def scales(key: FileKey) -> tuple[Scales, Scales]:
    """What the integers of the file's inputs and outputs stand for."""
    file = _loaded(key)
    return file.input_scales, file.output_scales


def run(key: FileKey, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Run the file; see `litert_ir.LiteRTFile.run`."""
    return _loaded(key).run(inputs)


def tensor(key: FileKey, index: int, subgraph: int) -> Array:
    """A tensor of the file; see `litert_ir.LiteRTFile.tensor`."""
    return _run_before(key).tensor(index, subgraph)


def real_tensor(key: FileKey, index: int, subgraph: int) -> Array | None:
    """A tensor's real values; see `litert_ir.LiteRTFile.real_tensor`."""
    return _run_before(key).real_tensor(index, subgraph)


def _loaded(key: FileKey) -> LoadedFile:
    """The file, which is loaded where another one was here before, or another process."""
    if key not in _LOADED:
        _LOADED.clear()
        _LOADED[key] = LoadedFile(key.path, keep_tensors=key.keep_tensors)
    return _LOADED[key]


def _run_before(key: FileKey) -> LoadedFile:
    if key not in _LOADED:
        raise ValueError("the process that ran the file has ended: run the file again")
    return _LOADED[key]
