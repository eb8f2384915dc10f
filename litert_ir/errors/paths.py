"""Paths that users give: of any type, and of any name, and how errors show them."""

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
    """A path that the system can look up, whether there is anything or not.

    Afterwards ``exists``, ``is_file`` and ``is_dir`` tell what is there, and raise nothing.

    Args:
        given: A string, bytes, or what has an ``__fspath__``.
        refused: Makes the error to raise of what is wrong: another type, a NUL, a name that is
            too long, a loop of links, a folder that may not be searched.
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
    r"""A path on one line, whatever is in its name.

    Example:
        >>> legible(Path("größe.tflite")), legible(Path("a\n.tflite"))
        ('größe.tflite', "'a\\n.tflite'")
    """
    text = str(path)
    return text if text.isprintable() else repr(text)


def _look_up(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.stat()
