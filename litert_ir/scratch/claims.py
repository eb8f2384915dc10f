"""Lock temporary files and folders while they are in use, so that abandoned ones can be removed.

The lock is the kernel's (flock): it ends with its process, and other machines see it on a network
file system. On a file system without locks, nothing is removed.
"""

from __future__ import annotations

import enum
import fcntl
import logging
import os
import re
import secrets
import shutil
import stat
import weakref
from collections.abc import Callable
from pathlib import Path

from litert_ir.errors.interruption import reraise_interruption

_logger = logging.getLogger("litert_ir")


class Kind(enum.Enum):
    """The kind of a temporary file or folder, with the pattern of its name.

    A target's file is hidden, in the target's folder. A scratch folder is in the folder for
    temporary files.
    """

    FILE = re.compile(r"\.litert-[0-9a-f]{16}\.tflite")
    FOLDER = re.compile(r"litert-[0-9a-f]{16}")

    def new_name(self) -> str:
        """Return a random name that is almost certainly unused."""
        number = secrets.token_hex(8)
        return f".litert-{number}.tflite" if self is Kind.FILE else f"litert-{number}"

    def is_kind_of(self, mode: int) -> bool:
        """Return whether a file's mode is that of this kind."""
        return stat.S_ISREG(mode) if self is Kind.FILE else stat.S_ISDIR(mode)


class Claim:
    """A temporary file or folder of this process.

    Args:
        path: Its path.
        descriptor: Its open descriptor, which holds the lock.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor
        self._owner = os.getpid()
        _CLAIMS.add(self)

    def release(self) -> None:
        """Remove it, unless it was renamed or this is a forked copy of its process."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            if self._owner == os.getpid() and _is_at(descriptor, self.path):
                _remove(self.path, descriptor)
        finally:
            os.close(descriptor)


_CLAIMS: weakref.WeakSet[Claim] = weakref.WeakSet()


def release_all() -> None:
    """Remove all temporary files of this process at once, without the usual cleanup."""
    for held in list(_CLAIMS):
        held.release()


def claim(folder: Path, kind: Kind, mode: int) -> Claim:
    """Make a temporary file or folder, and lock it.

    Args:
        folder: The folder to create it in.
        kind: File or folder.
        mode: Its permissions, before the process's umask is applied.

    Raises:
        OSError: When nothing can be created there.
    """
    make = _new_file if kind is Kind.FILE else _new_folder
    while True:
        path = folder / kind.new_name()
        descriptor = _made(make, path, mode)
        if descriptor is not None and _locked(descriptor, path):
            return Claim(path, descriptor)


def sweep(folder: Path, kind: Kind) -> None:
    """Remove the unlocked files of this kind, which killed processes of this user left.

    Files that cannot be examined or removed are left alone.
    """
    try:
        with os.scandir(folder) as entries:
            left = [Path(entry.path) for entry in entries if kind.value.fullmatch(entry.name)]
    except OSError as error:
        reraise_interruption(error)
        _logger.debug("%s cannot be listed: %s", folder, error)
        return
    for path in left:
        try:
            _remove_unlocked(path, kind)
        except OSError as error:
            reraise_interruption(error)
            _logger.debug("%s is left alone: %s", path, error)


def _made(make: Callable[[Path, int], int], path: Path, mode: int) -> int | None:
    try:
        return make(path, mode)
    except FileExistsError:
        return None


def _new_file(path: Path, mode: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)


def _new_folder(path: Path, mode: int) -> int:
    path.mkdir(mode)
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _locked(descriptor: int, path: Path) -> bool:
    """Lock a new file; return False if another process removed it in between."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        reraise_interruption(error)
        _logger.debug("%s cannot be locked: %s", path, error)
    if _is_at(descriptor, path):
        return True
    os.close(descriptor)
    return False


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def _remove_unlocked(path: Path, kind: Kind) -> None:
    """Remove a file that no process holds; a lock that is held raises OSError."""
    descriptor = _opened(path)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and kind.is_kind_of(status.st_mode):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(descriptor, path):
                _remove(path, descriptor)
                _logger.info("removed what a killed process left: %s", path)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open without blocking; network file systems only lock files that are open for writing."""
    flags = os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.open(path, os.O_RDWR | flags)
    except (IsADirectoryError, PermissionError):
        return os.open(path, os.O_RDONLY | flags)


def _remove(path: Path, descriptor: int) -> None:
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
