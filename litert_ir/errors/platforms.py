"""Check that litert_ir supports the system, before other errors obscure that it does not."""

from __future__ import annotations

import os

from litert_ir.errors import MissingDependencyError


def require_posix() -> None:
    """Require a system with the processes, signals and file locks of POSIX.

    Raises:
        MissingDependencyError: On Windows.
    """
    if os.name == "nt":
        raise MissingDependencyError(
            "litert_ir plans, converts and runs models on Linux and macOS.",
            where="os.name",
            expected="posix: child processes that inherit descriptors, signals, locks of files",
            received=os.name,
            advice="on Windows, install it in the Windows Subsystem for Linux (WSL)",
        )
