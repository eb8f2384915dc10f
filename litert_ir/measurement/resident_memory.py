"""The resident memory of this process, as the system counts it."""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""The number that makes Linux forget the peak; source: proc(5)."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of ru_maxrss; source: getrusage(2) of macOS and of Linux."""


def forget_peak() -> None:
    """Make the present the peak, where the system can."""
    with contextlib.suppress(OSError):  # a container may forbid it; the peak is then an older one
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")


def resident_bytes() -> int:
    """Return the bytes that are resident now; of systems without ``/proc``, the peak so far."""
    return _status().get("VmRSS", _peak_of_usage())


def peak_bytes() -> int:
    """Return the most bytes that were resident since the peak was forgotten, or ever."""
    return _status().get("VmHWM", _peak_of_usage())


def _status() -> Mapping[str, int]:
    try:
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines if line.endswith(" kB"))
    return {name: int(value.split()[0]) * 1024 for name, value in pairs}


def _peak_of_usage() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
