"""List the errors of damaged zip archives, such as ``.npz`` and ``.keras`` files."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

ARCHIVE_DAMAGE: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    MemoryError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""The errors of zipfile, beside `litert_ir.errors.foreign.FOREIGN_FAILURES`."""
