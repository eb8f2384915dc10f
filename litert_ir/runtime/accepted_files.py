"""Which files on the disk are those that this process wrote, ran and accepted."""

from __future__ import annotations

import time
from pathlib import Path

_Identity = tuple[int, int, int, int, int]

_CLOCK_TICK_S = 0.01
"""In which a file's times may stay the same although it changes; Linux's clock for them is that
of the scheduler, of at least 100 ticks a second."""

_ACCEPTED: dict[Path, _Identity] = {}


def remember_accepted(path: Path) -> None:
    """Let `is_accepted` know a file that has just been put in its place.

    It waits for the next tick of the clock that files' times come from, so that every later
    change shows in them.
    """
    time.sleep(_CLOCK_TICK_S)
    _ACCEPTED[path.resolve()] = _identity(path)


def is_accepted(path: Path) -> bool:
    """Whether this process accepted the file, and nobody changed or replaced it since.

    Raises:
        FileNotFoundError: When there is no such file.
    """
    return _ACCEPTED.get(path.resolve()) == _identity(path)


def _identity(path: Path) -> _Identity:
    """What no change of the file's content leaves the same: the kernel alone sets its ctime."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
