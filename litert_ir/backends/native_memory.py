"""Freed native memory that the C library keeps."""

from __future__ import annotations

import ctypes


def give_back_freed_memory() -> None:
    """Return freed memory that the C library keeps to the system, where it can (glibc).

    It takes milliseconds, and is for after the work that needs most memory: what comes next may
    need its own elsewhere, such as in the child process.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
