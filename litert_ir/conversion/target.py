"""The target file: written beside its place, and put there in one step once it is good."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from litert_ir.conversion.foreign_strategies import faults_of
from litert_ir.conversion.protocol import Content
from litert_ir.conversion.target_checks import file_behind, require_replaceable
from litert_ir.errors import FileRejectedError, TargetError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.paths import legible
from litert_ir.isolation.standard_descriptors import keep_standard_descriptors
from litert_ir.scratch.claims import Claim, Kind, claim, sweep
from litert_ir.scratch.folder import ADVICE, place, sweep_temporary_folder, temporary_folder


class PendingFile:
    """A file beside the target that becomes the target when it is good.

    Attributes:
        path: The temporary file; it has the extension of a LiteRT file.
    """

    def __init__(self, path: Path, target: Path | None) -> None:
        self.path = path
        self._target = target
        self._mode = None if target is None else _mode_of(file_behind(target))

    def write(self, content: bytes | Content) -> None:
        """Replace what the temporary file holds, and see it through to the disk.

        Args:
            content: The file, or what computes it piece by piece; one piece is held at a time.

        Raises:
            TargetError: When the disk is full or another limit is met.
            FileRejectedError: When the content is not of the size that it announces.
            ConversionError: When a piece cannot be computed.
        """
        size = size_of(content)
        try:
            with self.path.open("wb") as file:
                written = sum(map(file.write, pieces_of(content)))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reraise_interruption(error)
            raise TargetError(
                "The file cannot be written.",
                where=legible(self._target or self.path),
                expected=f"room for {size:,} bytes",
                received=f"{type(error).__name__}: {error.strerror}",
                advice="free space on the disk; an older file at the target is untouched"
                if self._target
                else ADVICE,
            ) from error
        if written != size:
            raise FileRejectedError(
                "A strategy's file is not of the size that it announced.",
                expected=f"{size:,} bytes",
                received=f"{written:,} bytes",
            )

    def commit(self) -> None:
        """Put the file in the target's place in one step, with the target's permissions.

        Where the target is a link, the file that it points to is replaced, and the link stays.
        Other names of the old file (hard links) keep the old content.

        Raises:
            TargetError: When the target has become something that cannot be replaced.
        """
        if self._target is None:
            return
        require_replaceable(self._target)
        try:
            real = file_behind(self._target)
            mode = _mode_of(real)
            mode = self._mode if mode is None else mode  # the old file may have gone meanwhile
            if mode is not None:
                self.path.chmod(mode)
            self.path.replace(real)
        except OSError as error:
            reraise_interruption(error)
            raise TargetError(
                "The target cannot be replaced.",
                where=legible(self._target),
                received=f"{type(error).__name__}: {error.strerror}",
            ) from error


@contextlib.contextmanager
def pending_file(target: Path | None) -> Iterator[PendingFile]:
    """A temporary file beside the target that is gone afterwards, whatever happens.

    What killed processes left of such files, there and in the folder for temporary files, is
    removed.

    Args:
        target: The path of the file to be; None for a temporary file.

    Raises:
        TargetError: When no file can be created.
    """
    keep_standard_descriptors()
    made = _new_file(target)
    try:
        yield PendingFile(made.path, target)
    finally:
        made.release()


def size_of(content: bytes | Content) -> int:
    """Return the size in bytes of a file that may not be computed yet."""
    return content.size_bytes if isinstance(content, Content) else len(content)


def pieces_of(content: bytes | Content) -> Iterator[bytes | memoryview]:
    """The pieces that a file is written in, of which one is held at a time.

    Raises:
        ConversionError: When a piece cannot be computed.
    """
    if isinstance(content, Content):
        with faults_of("computing the file"):  # whatever it reads is not the target
            yield from content.pieces()
    else:
        yield content


def _new_file(target: Path | None) -> Claim:
    """Create a temporary file with no more readers than the target has."""
    sweep_temporary_folder()
    try:
        if target is None:
            return claim(temporary_folder(), Kind.FILE, 0o600)
        real = file_behind(target)
        sweep(real.parent, Kind.FILE)
        # A new file gets from the kernel what the umask leaves of this.
        return claim(real.parent, Kind.FILE, 0o666 if _mode_of(real) is None else 0o600)
    except OSError as error:
        reraise_interruption(error)
        raise TargetError(
            "No file can be created "
            + ("for temporary use." if target is None else "in the target's folder."),
            where=place() if target is None else legible(file_behind(target).parent),
            received=f"{type(error).__name__}: {error.strerror or error}",
            advice=ADVICE if target is None else "",
        ) from error


def _mode_of(file: Path) -> int | None:
    """The permissions of a file that is replaced; None where there is none."""
    try:
        return stat.S_IMODE(file.stat().st_mode) & 0o777
    except FileNotFoundError:
        return None
