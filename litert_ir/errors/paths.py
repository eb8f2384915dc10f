"""Check the paths that users give, of any type and name, and format them for errors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litert_ir.errors.foreign import FOREIGN_FAILURES
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.root import LiteRTIRError
from litert_ir.errors.shown import shown


def usable_path(given: Any, refused: Callable[[str], LiteRTIRError]) -> Path:
    """Convert a value to a path that the system can look up, whether or not it exists.

    Afterwards ``exists``, ``is_file`` and ``is_dir`` raise nothing.

    Args:
        given: A string, bytes, or an object with ``__fspath__``.
        refused: Makes the error from a text that names the fault: another type, a NUL, a name that
            is too long, a loop of links, a folder without search permission.
    """
    try:
        path = Path(os.fsdecode(given))
        _look_up(path)
    except OSError as error:
        reraise_interruption(error)
        raise refused(f"{type(error).__name__}: {error.strerror}") from error
    except FOREIGN_FAILURES as error:  # an __fspath__ may raise anything
        reraise_interruption(error)
        raise refused(f"{shown(given)}: {error}") from error
    return path


def legible(path: Path) -> str:
    r"""Format a path on one line, whatever characters are in its name.

    Example:
        >>> legible(Path("größe.tflite")), legible(Path("a\n.tflite"))
        ('größe.tflite', "'a\\n.tflite'")
    """
    text = str(path)
    return text if text.isprintable() else repr(text)


def _look_up(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.stat()
