"""Open files without a name, for the output of native code."""

from __future__ import annotations

import os
import tempfile
from typing import BinaryIO

_NAME = "litert_ir output"


def unnamed_file() -> BinaryIO:
    """Open an unbuffered file that is gone once it is closed.

    Linux keeps it in memory, so that neither a full nor a missing temporary folder matters.

    Raises:
        OSError: When this process has reached its limit of open files.
    """
    in_memory = getattr(os, "memfd_create", None)
    if in_memory is not None:
        return os.fdopen(in_memory(_NAME), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)
