"""The path of a LiteRT file that a caller names, which has to exist."""

from __future__ import annotations

from pathlib import Path

from litert_ir.errors import ModelSourceError
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown


def existing_file(path: object) -> Path:
    """Return the path of a file that is to be read.

    Raises:
        ModelSourceError: When there is none.
    """
    found = usable_path(path, lambda reason: _no_file(shown(path), reason))
    if found.is_dir():
        raise _no_file(str(found), "a folder")
    if not found.is_file():
        raise _no_file(str(found), "a pipe or a device" if found.exists() else "nothing")
    return found


def _no_file(where: str, received: str) -> ModelSourceError:
    return ModelSourceError(
        "There is no LiteRT file here.", where=where, expected="a .tflite file", received=received
    )
