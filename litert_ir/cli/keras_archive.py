"""Inspect a ``.keras`` file before Keras does: its integrity, and the version that saved it."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from litert_ir.backends.model_failures import brief
from litert_ir.errors import ModelSourceError
from litert_ir.errors.archives import ARCHIVE_DAMAGE
from litert_ir.errors.foreign import FOREIGN_FAILURES

MOST_CONFIG_BYTES = 512 << 20
"""The most bytes of a model's configuration; a compressed one may announce more in a few bytes."""

_CONFIG, _METADATA = "config.json", "metadata.json"
_WEIGHTS = ("model.weights.h5", "model.weights.npz")
_RELEASE = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.\w{1,20})*(?:[+-][\w.]{1,40})?")


def saved_with(path: Path) -> str:
    """Return the version of Keras that saved a file, and check that the file is complete.

    Weights are not read: Keras checks them as it loads them.

    Args:
        path: A zip archive.

    Returns:
        A version such as ``3.15.1``; empty where it is unknown.

    Raises:
        ModelSourceError: When the archive is damaged, or lacks a configuration or weights.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            config = _read_json(archive, _CONFIG) if _CONFIG in names else None
            metadata = _read_json(archive, _METADATA) if _METADATA in names else None
    except (*ARCHIVE_DAMAGE, *FOREIGN_FAILURES) as error:
        raise _damaged(path, "a whole .keras archive", brief(error)) from error
    if not isinstance(config, dict) or "class_name" not in config:
        received = "none" if _CONFIG not in names else f"other JSON: {type(config).__name__}"
        raise _damaged(path, f"a model's configuration in {_CONFIG}", received)
    if not any(name in names for name in _WEIGHTS):
        raise _damaged(path, "weights in " + " or ".join(_WEIGHTS), "none")
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return version if isinstance(version, str) else ""


def advice_on_version(saved: str, installed: str) -> str:
    """Return advice on a file that a newer Keras saved; empty for others.

    Example:
        >>> advice_on_version("3.16.0", "3.15.1")
        'the file was saved with Keras 3.16.0, which is newer than the installed 3.15.1'
        >>> advice_on_version("3.15.9", "3.15.1"), advice_on_version("", "3.15.1")
        ('', '')
    """
    theirs, ours = _RELEASE.fullmatch(saved), _RELEASE.fullmatch(installed)
    if theirs is None or ours is None or _numbers(theirs) <= _numbers(ours):
        return ""
    return f"the file was saved with Keras {saved}, which is newer than the installed {installed}"


def _numbers(release: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, release.groups()))


def _read_json(archive: zipfile.ZipFile, name: str) -> Any:
    info = archive.getinfo(name)
    if info.file_size > MOST_CONFIG_BYTES:
        raise ValueError(f"{name} announces {info.file_size:,} bytes")
    return json.loads(archive.read(info))


def _damaged(path: Path, expected: str, received: str) -> ModelSourceError:
    return ModelSourceError(
        "The file is no .keras archive of a model, or not all of one.",
        where=str(path),
        expected=expected,
        received=received,
        advice="copy it again, or save the model again with model.save()",
    )
