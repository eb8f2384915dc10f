"""Files that a LiteRT file carries behind its flatbuffer, as a ZIP archive: lists of labels."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

MOST_BYTES = 64 << 20
"""The most bytes of a file that are read: a damaged archive may claim to hold any number."""

_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of each file: the first one that ZIP has, so that equal files give equal bytes."""


def read_files(path: Path) -> dict[str, bytes]:
    """Read the files that a LiteRT file carries.

    Returns:
        Their contents by name, in order, up to `MOST_BYTES` of each; empty where there is no
        archive, or one that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _beginning(archive, name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        return {}  # also encrypted ones, and other compressions


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(MOST_BYTES)


def append_files(path: Path, files: Mapping[str, bytes]) -> None:
    """Append an archive to a file that has none; without files, the file stays as it is.

    The files are stored, not compressed, as MediaPipe reads them in place.

    Args:
        path: The file.
        files: Contents by name.
    """
    if not files:
        return
    with path.open("r+b") as target:
        target.seek(0, io.SEEK_END)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, _TIME), content)
