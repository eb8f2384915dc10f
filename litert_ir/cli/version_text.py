"""Tell the versions of what a file is made with; nothing is imported."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from litert_ir.backends.packages import (
    CONVERTER,
    INTERPRETER,
    JAX,
    KERAS,
    KERAS_HUB,
    QUANTIZER,
    TENSORFLOW,
)

_PACKAGES = (KERAS, KERAS_HUB, TENSORFLOW, JAX, INTERPRETER, CONVERTER, QUANTIZER)


def versions_text() -> str:
    """Return one line for litert_ir, for Python, and for each package that does the work."""
    return "\n".join(f"{name} {found}" for name, found in _versions())


def _versions() -> Iterator[tuple[str, str]]:
    yield "litert_ir", _installed("litert_ir")
    yield "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    for package in _PACKAGES:
        yield package.name, _installed(package.name)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
