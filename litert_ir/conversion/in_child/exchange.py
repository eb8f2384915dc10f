"""Hand data between a parent and its child process in temporary files."""

from __future__ import annotations

import os
import pickle
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
from typing_extensions import override

from litert_ir.conversion.protocol import Content
from litert_ir.samples.samples import Sample

_PIECE_BYTES = 8 << 20


class FileContent(Content):
    """The content of a file that may be unlinked meanwhile.

    Args:
        path: The file; it stays open as long as this object is there.

    Raises:
        OSError: When it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    @property
    @override
    def size_bytes(self) -> int:
        """The size of the file."""
        return os.fstat(self._descriptor).st_size

    @override
    def pieces(self) -> Iterator[bytes]:
        """The file from its first byte to its last; the same bytes each time."""
        for offset in range(0, self.size_bytes, _PIECE_BYTES):
            yield os.pread(self._descriptor, _PIECE_BYTES, offset)


def write_content(path: Path, content: bytes | Content) -> None:
    """Write a strategy's file, one piece after the other.

    Raises:
        ConversionError: When a piece cannot be computed.
        OSError: When the file cannot be written.
    """
    pieces = content.pieces() if isinstance(content, Content) else (content,)
    with path.open("wb") as file:
        file.writelines(pieces)


@attrs.frozen
class SampleFile:
    """Samples in a file, of which one at a time is in memory.

    Attributes:
        path: The file, written by `write_samples`.
    """

    path: Path

    def __iter__(self) -> Iterator[Sample]:
        with self.path.open("rb") as file:
            while file.peek(1):
                sample: Sample = pickle.load(file)
                yield sample


def write_samples(path: Path, samples: Iterable[Sample]) -> SampleFile:
    """Write samples to a file.

    Raises:
        SamplesError: When a sample does not fit.
        OSError: When the file cannot be written.
    """
    with path.open("wb") as file:
        for sample in samples:
            pickle.dump(sample, file, pickle.HIGHEST_PROTOCOL)
    return SampleFile(path)
