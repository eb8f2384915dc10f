"""Check the target file before the work, and replace it in one step after it."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from litert_ir.conversion.foreign import faults_of
from litert_ir.conversion.protocol import Content
from litert_ir.errors import FilepathError, FileRejectedError, TargetError
from litert_ir.errors.shown import shown

EXTENSION = ".tflite"


def check_target(filepath: str | os.PathLike[str]) -> Path:
    """The target as a path, if a file can be written there.

    Raises:
        FilepathError: When the name does not end in ``.tflite``.
        TargetError: When the folder is missing or not writable, or the target is a folder.
    """
    path = _as_path(filepath)
    if path.suffix != EXTENSION:
        raise FilepathError(
            "The filepath must end with '.tflite'.",
            where="filepath",
            expected=f"a name such as {(path.stem or 'model') + EXTENSION!r}",
            received=shown(str(path)),
        )
    if not path.parent.is_dir():
        raise TargetError(
            "The target's folder does not exist.",
            where=str(path),
            expected=f"an existing folder {str(path.parent)!r}",
            advice="create the folder first",
        )
    _require_usable_name(path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise TargetError(
            "The target's folder is not writable.",
            where=str(path.parent),
            expected="a folder in which this user may create files",
            advice="change the folder's permissions, or write elsewhere",
        )
    return path


def _as_path(filepath: object) -> Path:
    if isinstance(filepath, str | os.PathLike):
        return Path(os.fsdecode(filepath))
    raise FilepathError(
        "The filepath is not a path; it must end with '.tflite'.",
        where="filepath",
        expected="a string or a path",
        received=shown(filepath),
    )


def _require_usable_name(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise TargetError(
            "The target's name cannot be used.", where=repr(str(path)), received=str(error)
        ) from error
    if stat.S_ISDIR(mode):
        raise TargetError("The target is a folder.", where=str(path), expected="a file name")


class PendingFile:
    """A file beside the target that becomes the target when it is good.

    Attributes:
        path: The temporary file; it has the extension of a LiteRT file.
    """

    def __init__(self, path: Path, target: Path | None) -> None:
        self.path = path
        self._target = target

    def write(self, content: bytes | Content) -> None:
        """Replace what the temporary file holds, and see it through to the disk.

        Args:
            content: The file, or what computes it piece by piece; one piece is held at a time.

        Raises:
            TargetError: When the disk is full or another limit is met.
            FileRejectedError: When the content is not of the size that it announces.
            ConversionError: When a piece cannot be computed.
        """
        size = content.size_bytes if isinstance(content, Content) else len(content)
        try:
            with self.path.open("wb") as file:
                written = sum(map(file.write, pieces_of(content)))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TargetError(
                "The file cannot be written.",
                where=str(self._target or self.path),
                expected=f"room for {size:,} bytes",
                received=f"{type(error).__name__}: {error.strerror}",
                advice="free space on the disk; an older file at the target is untouched",
            ) from error
        if written != size:
            raise FileRejectedError(
                "A strategy's file is not of the size that it announced.",
                expected=f"{size:,} bytes",
                received=f"{written:,} bytes",
            )

    def commit(self) -> None:
        """Put the file in the target's place in one step, with the target's permissions.

        Raises:
            TargetError: When the target has become something that cannot be replaced.
        """
        if self._target is None:
            return
        try:
            self.path.chmod(_mode_of(self._target))
            self.path.replace(self._target)
        except OSError as error:
            raise TargetError(
                "The target cannot be replaced.",
                where=str(self._target),
                received=f"{type(error).__name__}: {error.strerror}",
            ) from error


@contextlib.contextmanager
def pending_file(target: Path | None) -> Iterator[PendingFile]:
    """A temporary file in the target's folder that is gone afterwards, whatever happens.

    Args:
        target: Where the file shall end up; None for a file that nobody keeps.
    """
    path = _new_file(None if target is None else target.parent)
    try:
        yield PendingFile(path, target)
    finally:
        path.unlink(missing_ok=True)


def pieces_of(content: bytes | Content) -> Iterator[bytes | memoryview]:
    """What a file's bytes are written in: one piece is held at a time.

    Raises:
        ConversionError: When a piece cannot be computed.
    """
    if isinstance(content, Content):
        with faults_of("computing the file"):  # whatever it reads is not the target
            yield from content.pieces()
    else:
        yield content


def _new_file(folder: Path | None) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix=".litert-", suffix=EXTENSION, dir=folder)
    except OSError as error:
        raise TargetError(
            "No file can be created in the target's folder.",
            where=str(folder),
            received=f"{type(error).__name__}: {error.strerror}",
        ) from error
    os.close(descriptor)
    return Path(name)


def _mode_of(target: Path) -> int:
    """The mode of the file that is replaced, or what a newly created file would get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
