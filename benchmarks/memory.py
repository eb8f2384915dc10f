"""The memory of a process as the kernel counts it (Linux only).

Two figures, both in bytes, for they answer different questions. Resident memory is all that is
mapped and present; it includes pages of files, above all the code of native libraries, which
the kernel can drop and read again. Anonymous memory (with shared memory) is what has no file
behind it: the part that a machine must have.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
from collections import Counter
from pathlib import Path

import attrs

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_GONE = (FileNotFoundError, ProcessLookupError)
_RESET_SLACK_BYTES = 16 * 2**20
_SIGNS = {"Rss": 1, "Anonymous": -1}
"""A mapping's resident pages are its file's, but for those that were written to."""
_MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(?P<file>.*)")


@attrs.frozen
class Memory:
    """Memory of a process or of several.

    Args:
        resident: All pages that are present.
        anonymous: Those with no file behind them.
    """

    resident: int = 0
    anonymous: int = 0

    def __add__(self, other: Memory) -> Memory:
        """Both together."""
        return Memory(self.resident + other.resident, self.anonymous + other.anonymous)


def memory_of(pid: int) -> Memory:
    """The memory of a process; zero once it has ended. Takes some tens of microseconds."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except _GONE:
        return Memory()
    resident, of_files = int(fields[1]), int(fields[2])
    return Memory(resident * _PAGE_BYTES, (resident - of_files) * _PAGE_BYTES)


def settle() -> None:
    """Collect garbage and hand the C heap's free pages back to the kernel.

    Without the second step an export could reuse pages that building the model left behind,
    and its peak above the built model would come out too small.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc has it, musl has not
        trim(0)


def reset_high_water(pid: int) -> bool:
    """Reset the kernel's high-water mark of a process to the present.

    Returns:
        Whether that worked: some kernels of containers do not do it.
    """
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    mark = high_water(pid)
    return mark is not None and mark <= memory_of(pid).resident + _RESET_SLACK_BYTES


def high_water(pid: int) -> int | None:
    """The most resident memory that a process ever had, or has had since the mark's reset.

    Returns:
        None once it has ended, or where the kernel keeps no mark.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except _GONE:
        return None
    for line in status.splitlines():
        name, _, rest = line.partition(":")
        if name == "VmHWM":
            return int(rest.split()[0]) * 1024
    return None


def shared_with(pid: int, other: int) -> int:
    """Resident bytes of the first process in files that the second one has resident too.

    Two processes that load the same library share its pages: whoever adds their resident
    memory counts those twice. Takes tens of milliseconds for a process with many libraries.
    """
    own, others = _resident_in_files(pid), _resident_in_files(other)
    return sum(min(size, others[file]) for file, size in own.items())


def _resident_in_files(pid: int) -> Counter[str]:
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8", errors="replace")
    except _GONE:
        return Counter()
    found: Counter[str] = Counter()
    file = ""
    for line in lines.splitlines():
        name, _, rest = line.partition(":")
        if name in _SIGNS:
            found[file] += _SIGNS[name] * int(rest.split()[0]) * 1024
        elif mapping := _MAPPING.fullmatch(line):
            file = mapping["file"]
    return Counter({file: size for file, size in found.items() if file.startswith("/")})
