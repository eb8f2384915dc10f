"""Names of files for native code, which accepts UTF-8 alone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def native_path(path: Path) -> Iterator[str]:
    """Yield a name by which native code can open a file, whatever bytes are in its own name.

    Args:
        path: The file.

    Yields:
        Its own name where that is Unicode; else that of a descriptor, open for the duration.

    Raises:
        OSError: When the file cannot be opened.
    """
    text = str(path)
    if text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text):
        yield text
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield f"/dev/fd/{descriptor}"
    finally:
        os.close(descriptor)
