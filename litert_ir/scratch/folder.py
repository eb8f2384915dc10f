"""Folders for temporary files."""

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
"""Less than this is too little for anything."""


class ScratchFolder:
    """A folder for temporary files that only this user may look into.

    It is gone when it is closed, when nothing refers to it any more, or with the process; where
    that is killed, once the next export needs such a folder or file.

    Attributes:
        path: Where it is.

    Raises:
        ConversionError: When there is no folder to make it in, or no room.

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
    """The folder for temporary files.

    Raises:
        FileNotFoundError: When there is none that can be written to.
    """
    return Path(tempfile.gettempdir()).absolute()


def sweep_temporary_folder() -> None:
    """Remove what killed processes left in the folder for temporary files, if there is one."""
    try:
        folder = temporary_folder()
    except FileNotFoundError:
        return
    for kind in Kind:
        sweep(folder, kind)


def shortage(failure: str) -> str:
    """What to do about the folder for temporary files, where a failure may come from that.

    Args:
        failure: What somebody else's code said as it failed.

    Returns:
        Advice; empty where the folder is there and nothing speaks of a full disk.
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
    """The folder that was meant, without looking for one that is usable."""
    return tempfile.tempdir or os.environ.get("TMPDIR") or "the system's temporary folders"
