"""Provide stdout and stderr that are always open, show any name, and report their failures."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

from typing_extensions import override

from litert_ir.isolation.standard_descriptors import keep_standard_descriptors


class UnwrittenError(Exception):
    """Writing to stdout failed.

    It is not an OSError, to distinguish it from those of the model's code.

    Attributes:
        reason: The system's error; a `BrokenPipeError` when the reader has closed the pipe.
    """

    def __init__(self, reason: OSError) -> None:
        self.reason = reason
        super().__init__(reason.strerror)


def complain(text: str) -> None:
    """Print a line to stderr; if that fails, the exit code is the only report."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


@contextlib.contextmanager
def usable_streams() -> Iterator[None]:
    """Provide streams that texts can be written to, for the duration.

    A command may be started without some of them (``>&-``); text for those is discarded, as on the
    null device. Bytes of file names that are not valid Unicode are escaped. A failed write to
    stdout raises `UnwrittenError`.
    """
    keep_standard_descriptors()
    with contextlib.ExitStack() as lost:
        if sys.stdout is None:
            lost.enter_context(contextlib.redirect_stdout(lost.enter_context(_stream(1))))
        if sys.stderr is None:
            lost.enter_context(contextlib.redirect_stderr(lost.enter_context(_stream(2))))
        if type(sys.stdout) is io.TextIOWrapper:
            lost.enter_context(_guarded(sys.stdout))
        yield


class _Output(io.TextIOWrapper):
    """A stream that raises its write errors as `UnwrittenError`."""

    @override
    def write(self, text: str, /) -> int:
        with _failures():
            return super().write(text)

    @override
    def flush(self) -> None:
        with _failures():
            super().flush()


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnwrittenError(error) from error


@contextlib.contextmanager
def _guarded(stream: io.TextIOWrapper) -> Iterator[None]:
    strict = stream.errors == "strict"
    output = _Output(
        stream.buffer,
        encoding=stream.encoding,
        errors="backslashreplace" if strict else stream.errors,
        line_buffering=stream.line_buffering,
    )
    try:
        with contextlib.redirect_stdout(output):
            yield
    finally:
        try:
            output.flush()
        except UnwrittenError:
            _lose(output)
        output.detach()


def _lose(output: io.TextIOWrapper) -> None:
    """Discard unwritten text: Python would report the failure again at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, output.fileno())
    os.close(null)
    output.flush()


def _stream(descriptor: int) -> io.TextIOWrapper:
    return os.fdopen(os.dup(descriptor), "w", errors="backslashreplace")
