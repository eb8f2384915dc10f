"""Memory that native code has freed, and the C library keeps."""

from __future__ import annotations

import ctypes


def give_back_freed_memory() -> None:
    """Return to the system what the C library keeps of freed memory, where it can (glibc).

    It takes milliseconds, and is for after the work that needs most memory: what comes next may
    need its own elsewhere, such as in the child process.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
