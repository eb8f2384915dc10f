"""Read numpy's ``.npz`` and ``.npy`` files, after checking their headers against the file's length.

Numpy allocates the size in a header before it reads the data, so that a few damaged bytes could
exhaust the memory.
"""

from __future__ import annotations

import math
import tokenize
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors.archives import ARCHIVE_DAMAGE
from litert_ir.errors.foreign import FOREIGN_FAILURES

Array = NDArray[Any]

NPY, NPZ = ".npy", ".npz"
DAMAGE: tuple[type[Exception], ...] = (
    *FOREIGN_FAILURES,  # zipfile's NotImplementedError, and errors of parsing a header as Python
    SyntaxError,
    tokenize.TokenError,
    *ARCHIVE_DAMAGE,
)
"""The errors of numpy and zipfile on files of other formats, truncated or too large ones."""

_VERSIONS = ((1, 0), (2, 0), (3, 0))
_MOST_EXPANSION = 1032
"""DEFLATE's largest ratio, of one bit for each run of 258 bytes; source: zlib's technical notes."""
_DEFLATE_OVERHEAD = 1024
"""Bytes beside the compressed data, to which the ratio does not apply; a generous bound."""


@attrs.frozen
class StoredArray:
    """The header of an array in a file.

    Attributes:
        name: Its key in an ``.npz``, else the file's name without the extension.
        shape: Its shape.
        dtype: Its element type.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.name} {self.shape} {self.dtype}"


def read_headers(path: Path) -> tuple[StoredArray, ...]:
    """Read the headers in an ``.npz``, an ``.npy`` or a folder of ``.npy`` files.

    Raises:
        Exception: One of `DAMAGE`, when the path is none of these, or a file is damaged.
    """
    if path.suffix == NPZ and not path.is_dir():
        with _archive(path) as archive:
            return tuple(_header_of(archive, member) for member in archive.infolist())
    return tuple(_header_at(file) for file in _files_at(path))


def read_arrays(path: Path, expected: Sequence[StoredArray]) -> Mapping[str, Array]:
    """Read the arrays by name: those of an ``.npz`` into memory; others are memory-mapped.

    Args:
        path: See `read_headers`.
        expected: The headers that it returned.

    Raises:
        Exception: One of `DAMAGE`, when the headers have changed since, or a file is damaged.
    """
    if read_headers(path) != tuple(expected):
        raise ValueError("it has changed since its headers were read")
    if path.suffix == NPZ and not path.is_dir():
        with _archive(path) as archive:
            return {_name_of(member): _read(archive, member) for member in archive.infolist()}
    return {file.stem: np.load(file, mmap_mode="r") for file in _files_at(path)}


def _archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(_regular(path))


def _files_at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from map(_regular, sorted(path.glob(f"*{NPY}")))
    elif path.suffix == NPY:
        yield _regular(path)
    else:
        raise ValueError(f"{path.name} is neither .npz nor .npy nor a folder")


def _regular(path: Path) -> Path:
    """Return the path if it is a regular file, whose opening does not block."""
    if not path.is_file():
        raise ValueError(f"{path.name} is no regular file")
    return path


def _name_of(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(NPY)


def _header_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> StoredArray:
    largest = {
        zipfile.ZIP_STORED: member.compress_size,
        zipfile.ZIP_DEFLATED: member.compress_size * _MOST_EXPANSION + _DEFLATE_OVERHEAD,
    }
    if member.file_size > largest.get(member.compress_type, member.file_size):
        raise ValueError(
            f"{member.filename} announces {member.file_size:,} bytes, of which "
            f"{member.compress_size:,} are stored"
        )
    with archive.open(member) as file:
        return _header(_name_of(member), file, member.file_size)


def _header_at(path: Path) -> StoredArray:
    with path.open("rb") as file:
        return _header(path.stem, file, path.stat().st_size)


def _header(name: str, file: IO[bytes], size_bytes: int) -> StoredArray:
    """Read the header at the start of a file, and check that all elements follow it."""
    version = np.lib.format.read_magic(file)
    if version not in _VERSIONS:
        raise ValueError(f"{name} has the format version {version}")
    read = (
        np.lib.format.read_array_header_1_0
        if version == _VERSIONS[0]
        else np.lib.format.read_array_header_2_0
    )
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        shape, _, dtype = read(file)  # warns of headers written by Python 2
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"{name} has the shape {shape}")
    needed, left = math.prod(shape) * dtype.itemsize, size_bytes - file.tell()
    if needed > left and not dtype.hasobject:
        raise ValueError(f"{name} announces {needed:,} bytes of elements, of which {left:,} follow")
    return StoredArray(name, shape, dtype)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
