"""The folders that the module of each traced point is written to as text, stage by stage.

This is data, for the process that traces; `litert_ir.stablehlo.skeleton.stage_texts` writes the
texts in the child process.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from litert_ir.errors import TargetError
from litert_ir.errors.paths import legible, usable_path


@attrs.frozen(kw_only=True)
class PointDump:
    """The folder for the module of one point.

    Attributes:
        folder: Made when the first text is written.
        names: The paths of the model's variables, by the indices of the parameters.
    """

    folder: Path
    names: Mapping[int, str]


def point_folder(folder: Path, number: int, shapes: Sequence[Sequence[int]]) -> Path:
    """Name the folder of a point after the order of tracing and the inputs' shapes.

    Example:
        >>> point_folder(Path("dump"), 1, [(2, 67), (2,)]).as_posix()
        'dump/01_2x67_2'
    """
    sizes = ["x".join(map(str, shape)) or "scalar" for shape in shapes]
    return folder / "_".join([f"{number:02}", *sizes])


def dump_folder(given: Any) -> Path | None:
    """Check a folder for texts; it need not exist yet.

    Returns:
        Its absolute path; None for None.

    Raises:
        TargetError: When it is none, cannot be made, or this user may not write to it.
    """
    if given is None:
        return None
    path = usable_path(given, lambda received: _refused("cannot be used", repr(given), received))
    path = path.absolute()
    existing = path if path.exists() else path.parent
    if not existing.is_dir():
        reason = "is a file" if path.exists() else "cannot be made: its parent is no folder"
        raise _refused(reason, legible(path))
    if not os.access(existing, os.W_OK | os.X_OK):
        raise _refused("is not writable", legible(path))
    return path


def _refused(reason: str, where: str, received: str = "") -> TargetError:
    return TargetError(
        f"The folder of the dump {reason}.",
        where=where,
        expected="a folder in which this user may create files, or a new one in such a folder",
        received=received,
    )
