"""Facts about the machine that results were measured on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import attrs

_PACKAGES = ("litert_ir", "keras", "tensorflow", "ai-edge-litert", "litert-converter", "numpy")


@attrs.frozen(kw_only=True)
class Machine:
    """The machine and the software behind a set of results.

    Args:
        cores: Cores this process may use.
        memory_bytes: Physical memory.
        processor: The processor's own name; "unknown" where the kernel gives none.
        system: Name and release of the operating system.
        python: Version of Python.
        versions: (package, version) of the packages that matter, installed ones only.
    """

    cores: int
    memory_bytes: int
    processor: str
    system: str
    python: str
    versions: tuple[tuple[str, str], ...]


def this_machine() -> Machine:
    """Return the facts about the machine this runs on (Linux)."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        processor=_processor(),
        system=platform.platform(),
        python=platform.python_version(),
        versions=_versions(),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return "unknown"


def _versions() -> tuple[tuple[str, str], ...]:
    found = []
    for package in _PACKAGES:
        try:
            found.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            continue  # optional packages are left out
    return tuple(found)
