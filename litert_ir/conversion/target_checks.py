"""Require a writable target before any work is done."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from litert_ir.backends.model_failures import failures_as
from litert_ir.errors import FilepathError, TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.paths import legible
from litert_ir.errors.shown import shown
from litert_ir.scratch.claims import Kind

EXTENSION = ".tflite"

_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def check_target(filepath: str | os.PathLike[str], extension: str = EXTENSION) -> Path:
    """The target as an absolute path, if a file can be written there.

    A link stands for the file that it points to, which need not exist. The path is absolute, so
    that it stays the same file when the current folder changes.

    Args:
        filepath: The target.
        extension: The ending of its name.

    Raises:
        FilepathError: When the name does not end so.
        TargetError: When the folder is missing or not writable, or the target is a folder, a
            device, a pipe, a socket, or a file that this user may not write to.
    """
    path = _as_path(filepath)
    _require_no_special_file(path)
    if path.suffix != extension:
        raise FilepathError(
            f"The filepath must end with '{extension}'.",
            where="filepath",
            expected=f"a name such as {(path.stem or 'model') + extension!r}",
            received=shown(str(path)),
        )
    _require_no_folder(path, os.fsdecode(filepath))
    _require_no_temporary_name(path)
    absolute = _absolute(path)
    _require_folder(absolute, legible(absolute))
    real = file_behind(absolute)
    if real != absolute:
        _require_folder(real, f"{legible(absolute)}, a link to {legible(real)}")
    _require_writable(real.parent)
    require_replaceable(absolute)
    return absolute


def file_behind(path: Path) -> Path:
    """The file that is replaced: where the path is a link, what it points to in the end.

    Raises:
        TargetError: When nothing can have such a name.
    """
    status = _status(path)
    is_link = status is not None and stat.S_ISLNK(status.st_mode)
    return Path(os.path.realpath(path)) if is_link else path


def require_replaceable(path: Path) -> None:
    """Require that a file at this path, if there is one, may be replaced.

    Raises:
        TargetError: When it is something else than a file, or read-only.
    """
    real = file_behind(path)
    status = _status(real)
    if status is None:
        return
    _refuse_special(status.st_mode, path)
    if stat.S_ISDIR(status.st_mode):
        raise TargetError("The target is a folder.", where=legible(path), expected="a file name")
    if stat.S_ISLNK(status.st_mode):
        raise TargetError(
            "The target is a link that points back to itself.",
            where=legible(path),
            advice="remove the link, or name the file that it was meant for",
        )
    if not os.access(real, os.W_OK) or _is_kept_by_its_owner(real, status):
        raise TargetError(
            "The target is read-only.",
            where=legible(real),
            expected="a file that this user may write to",
            advice="change the file's permissions, or write elsewhere",
        )


def _is_kept_by_its_owner(real: Path, status: os.stat_result) -> bool:
    """Tell whether only its owner may remove a file (the folder's sticky bit), as in /tmp."""
    folder = real.parent.stat()
    return bool(folder.st_mode & stat.S_ISVTX) and os.geteuid() not in (
        0,
        folder.st_uid,
        status.st_uid,
    )


def _as_path(filepath: object) -> Path:
    error = FilepathError(
        "The filepath is not a path; it must end with '.tflite'.",
        where="filepath",
        expected="a string or a path",
        received=shown(filepath),
    )
    if not isinstance(filepath, str | os.PathLike):
        raise error
    with failures_as(lambda _: error):  # an __fspath__ may raise anything
        return Path(os.fsdecode(filepath))


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise TargetError(
            "The current folder, in which the target is to be, does not exist any more.",
            where=legible(path),
            advice="change to an existing folder, or give an absolute path",
        ) from error


def _require_no_special_file(path: Path) -> None:
    """Refuse pipes and devices first: ``/dev/stdout`` fails by more than its extension."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reraise_interruption(error)
        return  # what is wrong with it is found out, and said, later
    _refuse_special(mode, path)


def _refuse_special(mode: int, path: Path) -> None:
    kind = _SPECIAL.get(stat.S_IFMT(mode))
    if kind is not None:
        raise TargetError(
            f"The target is {kind}, which would have to be replaced by a file.",
            where=legible(path),
            expected=f"a file whose name ends in {EXTENSION}",
            advice="write a file and send that on, or call litert_ir.execute without a filepath "
            "to get the bytes",
        )


def _require_no_folder(path: Path, given: str) -> None:
    """Refuse a name that stands for a folder, whether or not there is one."""
    if os.path.basename(given) in ("", os.curdir):  # noqa: PTH119 - a Path drops what is asked for
        raise TargetError(
            "The target is a folder.",
            where=repr(given),
            expected="a file name",
            advice=f"leave out what follows {path.name!r}",
        )


def _require_no_temporary_name(path: Path) -> None:
    """Refuse a name that the next export would remove as a temporary file."""
    if Kind.FILE.value.fullmatch(path.name):
        raise TargetError(
            "Files with such names are temporary, and are removed.",
            where=legible(path),
            expected="another name",
        )


def _require_folder(file: Path, where: str) -> None:
    """Require the folder that a file is to be in."""
    reason = ""
    try:
        if stat.S_ISDIR(file.parent.stat().st_mode):
            return
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        reraise_interruption(error)
        reason = _reason(error)
    raise TargetError(
        f"The target's folder {'cannot be used' if reason else 'does not exist'}.",
        where=where,
        expected=f"an existing folder {str(file.parent)!r}",
        received=reason,
        advice="" if reason else "create the folder first",
    )


def _require_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TargetError(
            "The target's folder is not writable.",
            where=legible(folder),
            expected="a folder in which this user may create files",
            advice="change the folder's permissions, or write elsewhere",
        )


def _status(path: Path) -> os.stat_result | None:
    """The status of a path, links not followed; None where there is nothing.

    Raises:
        TargetError: When nothing can have such a name.
    """
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reraise_interruption(error)
        raise TargetError(
            "The target's name cannot be used.", where=repr(str(path)), received=_reason(error)
        ) from error


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
