"""Serve one loaded LiteRT file in the child process: run it, and read its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from litert_ir.runtime.interface_scales import InterfaceScale
from litert_ir.runtime.interpreter import Array, LoadedFile

Scales = Mapping[str, InterfaceScale]


@attrs.frozen
class FileKey:
    """The identity of a file that the child loads.

    Attributes:
        path: Its path.
        keep_tensors: Whether to preserve all intermediate tensors.
        signature: The name of a signature; None for the first.
        number: Distinguishes this use of the file from others.
    """

    path: Path
    keep_tensors: bool = attrs.field(kw_only=True)
    signature: str | None = attrs.field(kw_only=True)
    number: str = attrs.field(kw_only=True)


_LOADED: dict[FileKey, LoadedFile] = {}
"""The file that this process has loaded, if any."""


def scales(key: FileKey) -> tuple[Scales, Scales]:
    """Return the quantization of the file's inputs and of its outputs."""
    file = _loaded(key)
    return file.input_scales, file.output_scales


def run(key: FileKey, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Run the file; see `litert_ir.LiteRTFile.run`."""
    return _loaded(key).run(inputs)


def tensor(key: FileKey, index: int, subgraph: int) -> Array:
    """Return a tensor of the file; see `litert_ir.LiteRTFile.tensor`."""
    return _run_before(key).tensor(index, subgraph)


def real_tensor(key: FileKey, index: int, subgraph: int) -> Array | None:
    """Return a tensor's real values; see `litert_ir.LiteRTFile.real_tensor`."""
    return _run_before(key).real_tensor(index, subgraph)


def _loaded(key: FileKey) -> LoadedFile:
    """Return the file, which is loaded if this process has another one or none."""
    if key not in _LOADED:
        _LOADED.clear()
        _LOADED[key] = LoadedFile(key.path, keep_tensors=key.keep_tensors, signature=key.signature)
    return _LOADED[key]


def _run_before(key: FileKey) -> LoadedFile:
    if key not in _LOADED:
        raise ValueError("the process that ran the file has ended: run the file again")
    return _LOADED[key]
