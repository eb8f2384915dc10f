"""Descriptors 0 to 2: a process may be started without them, and no other file may become one."""

from __future__ import annotations

import os

_LARGEST = 2


def keep_standard_descriptors() -> None:
    """Open those of stdin, stdout and stderr that are closed on the null device, and leave them.

    The next file that is opened gets the lowest free number. Were that a target, a pipe or a
    lock, then what native code prints would go into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LARGEST:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - positional only
    os.close(descriptor)
