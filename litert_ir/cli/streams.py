"""The command's own stdout and stderr: there, able to show any name, and clear when they fail."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

from rich.console import Console
from typing_extensions import override

from litert_ir.isolation.standard_descriptors import keep_standard_descriptors


class UnwrittenError(Exception):
    """Stdout does not take what is printed.

    It is no OSError, so that it is told from those of the model's code.

    Attributes:
        reason: The system's error; a `BrokenPipeError` where nobody reads any more.
    """

    def __init__(self, reason: OSError) -> None:
        self.reason = reason
        super().__init__(reason.strerror)


class QuietConsole(Console):
    """A console of which it is no matter whether anybody sees it."""

    @override
    def on_broken_pipe(self) -> None:
        self.quiet = True


def complain(text: str) -> None:
    """Print a line to stderr; where that cannot be, the exit code has to do."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


@contextlib.contextmanager
def usable_streams() -> Iterator[None]:
    """Streams that texts can be written to, for the duration.

    A command may be started without some of them (``>&-``); what is written there is lost, as on
    the null device. Of a file's name, what is no Unicode is shown as an escape. Writing to stdout
    raises `UnwrittenError` where it fails.
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
    """A stream whose failures have a class of their own."""

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
    """Let go what cannot be written: Python would complain again when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, output.fileno())
    os.close(null)
    output.flush()


def _stream(descriptor: int) -> io.TextIOWrapper:
    return os.fdopen(os.dup(descriptor), "w", errors="backslashreplace")
