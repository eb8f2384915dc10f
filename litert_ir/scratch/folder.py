"""Create folders for temporary files."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from litert_ir.errors import ConversionError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.scratch.claims import Kind, claim, sweep

ADVICE = "free space there, or let TMPDIR name another folder"

_ENOUGH_BYTES = 1 << 20
"""Bytes of free space below which a shortage is reported."""


class ScratchFolder:
    """A temporary folder that only this user can access.

    It is removed when it is closed, when it is garbage collected, or when the process ends; if the
    process is killed, by the next export that needs a temporary file or folder.

    Attributes:
        path: Its path.

    Raises:
        ConversionError: When there is no folder to create it in, or no free space.

    Example:
        ``with ScratchFolder() as path: (path / "file").touch()``
    """

    def __init__(self) -> None:
        sweep_temporary_folder()
        try:
            made = claim(temporary_folder(), Kind.FOLDER, 0o700)
        except OSError as error:
            reraise_interruption(error)
            raise ConversionError(
                "No folder for temporary files can be created.",
                where=place(),
                expected="an existing, writable folder with room for the files of a conversion",
                received=f"{type(error).__name__}: {error}",
                advice=ADVICE,
            ) from error
        self.path = made.path
        self._release = weakref.finalize(self, made.release)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        self._release()


def temporary_folder() -> Path:
    """Return the folder for temporary files.

    Raises:
        FileNotFoundError: When no such folder is writable.
    """
    return Path(tempfile.gettempdir()).absolute()


def sweep_temporary_folder() -> None:
    """Remove the leftovers of killed processes in the folder for temporary files, if it exists."""
    try:
        folder = temporary_folder()
    except FileNotFoundError:
        return
    for kind in Kind:
        sweep(folder, kind)


def shortage(failure: str) -> str:
    """Return advice on the folder for temporary files, where a failure may come from it.

    Args:
        failure: The failure's message from another library.

    Returns:
        Advice; empty where the folder exists and the message does not name a full disk.
    """
    try:
        folder = temporary_folder()
        room = shutil.disk_usage(folder).free
    except OSError as error:
        reraise_interruption(error)
        return f"there is no folder for temporary files at {place()}: {ADVICE}"
    if room >= _ENOUGH_BYTES and os.strerror(errno.ENOSPC) not in failure:
        return ""
    return f"the folder for temporary files, {folder}, has {room:,} bytes left: {ADVICE}"


def place() -> str:
    """Name the intended folder, without looking for a usable one."""
    return tempfile.tempdir or os.environ.get("TMPDIR") or "the system's temporary folders"
