"""Keep descriptors 0 to 2 open: a process may be started without them."""

from __future__ import annotations

import os

_LARGEST = 2


def keep_standard_descriptors() -> None:
    """Open closed descriptors of stdin, stdout and stderr on the null device, permanently.

    The next file that is opened gets the lowest free number. If that were a target, a pipe or a
    lock, the output of native code would go into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LARGEST:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - positional only
    os.close(descriptor)
