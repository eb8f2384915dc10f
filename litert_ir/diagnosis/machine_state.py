"""Look at the machine: its processor, memory, room for temporary files, and child processes."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from pathlib import Path

import attrs

from litert_ir.errors import ConversionError
from litert_ir.isolation.worker import Worker
from litert_ir.scratch.folder import ADVICE, temporary_folder

_MEMORY = Path("/proc/meminfo")
_START_LIMIT_S = 60.0


@attrs.frozen(kw_only=True)
class MachineState:
    """The machine that exports would run on.

    Attributes:
        system: The operating system with its version.
        architecture: The processor's architecture.
        python: The version of Python, with its implementation.
        executable: The path of Python.
        cpus: The CPUs that this process may use.
        free_memory_bytes: The memory that programs can have, by the kernel's estimate; None where
            the system does not tell.
        temporary_folder: The folder for temporary files; "" where none is writable.
        free_disk_bytes: The free space there; None where that cannot be told.
        child_start_s: The seconds in which a child process starts and answers; None where it does
            not.
        obstacle: The reason that no child process starts, or that there is no temporary folder.
        advice: The step that mends it.
    """

    system: str
    architecture: str
    python: str
    executable: str
    cpus: int
    free_memory_bytes: int | None
    temporary_folder: str
    free_disk_bytes: int | None
    child_start_s: float | None
    obstacle: str = ""
    advice: str = ""


def machine_state() -> MachineState:
    """Look at the machine; a child process is started."""
    seconds, obstacle, advice = _started_child()
    try:
        folder = temporary_folder()
    except FileNotFoundError as error:
        folder, obstacle, advice = None, obstacle or str(error), advice or ADVICE
    return MachineState(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        executable=sys.executable,
        cpus=_cpus(),
        free_memory_bytes=_free_memory(),
        temporary_folder="" if folder is None else str(folder),
        free_disk_bytes=None if folder is None else _free_disk(folder),
        child_start_s=seconds,
        obstacle=obstacle,
        advice=advice,
    )


def _started_child() -> tuple[float | None, str, str]:
    """Start a child process, and wait for its answer."""
    began = time.perf_counter()
    try:
        with Worker() as worker:
            worker.call(os.getpid, time_limit_s=_START_LIMIT_S, task="starting a child process")
    except ConversionError as error:
        return None, f"{error.summary} {error.received}".strip(), error.advice
    return time.perf_counter() - began, "", ""


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _free_memory() -> int | None:
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _free_disk(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
