"""Remember the files that this process wrote, ran and accepted."""

from __future__ import annotations

import time
from pathlib import Path

_Identity = tuple[int, int, int, int, int]

_CLOCK_TICK_S = 0.01
"""Seconds for which a file's times may stay the same although it changes; Linux takes them from the
scheduler's clock, of at least 100 ticks a second.
"""

_ACCEPTED: dict[Path, _Identity] = {}


def remember_accepted(path: Path) -> None:
    """Register a file that has just been written to its final path, for `is_accepted`.

    It waits for the next tick of the file system's clock, so that every later change alters the
    file's times.
    """
    time.sleep(_CLOCK_TICK_S)
    _ACCEPTED[path.resolve()] = _identity(path)


def is_accepted(path: Path) -> bool:
    """Return whether this process accepted the file, and it has not changed since.

    Raises:
        FileNotFoundError: When there is no such file.
    """
    return _ACCEPTED.get(path.resolve()) == _identity(path)


def _identity(path: Path) -> _Identity:
    """Return an identity that every change of the content alters: the kernel alone sets ctime."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
