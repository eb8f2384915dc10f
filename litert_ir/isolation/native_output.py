"""Capture the converter's log output, so that it stays off the terminal but is available."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

import attrs
from typing_extensions import override

from litert_ir.isolation.standard_descriptors import keep_standard_descriptors
from litert_ir.isolation.unnamed_file import unnamed_file

_STREAMS = (1, 2)
_TAIL_LINES = 15
_PROCESS_STREAMS = threading.RLock()
"""There is one descriptor 1 and one descriptor 2: one capture at a time."""


@attrs.define
class NativeOutput:
    """The output to stdout and stderr, by Python and by native code.

    Attributes:
        text: The whole output, once the capturing context has ended.
    """

    text: str = ""


def tail_of(text: str) -> str:
    """Return the last lines, where converters put the reason of a failure."""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])


@contextlib.contextmanager
def captured_native_output(*, passed_through: bool = False) -> Iterator[NativeOutput]:
    """Redirect the process's file descriptors 1 and 2 for the duration.

    TensorFlow's converter logs from C++, past `sys.stderr`, so that the descriptors themselves are
    redirected. This affects other threads that print meanwhile; a second thread that captures
    waits. Python's own streams are redirected as well, as they need not use the descriptors (in a
    notebook, say).

    Args:
        passed_through: Leave the output on the terminal and capture nothing.

    Yields:
        An object whose ``text`` is filled at the end.
    """
    output = NativeOutput()
    if passed_through:
        yield output
        return
    keep_standard_descriptors()
    with _PROCESS_STREAMS, unnamed_file() as file, contextlib.ExitStack() as restore:
        for stream in _STREAMS:
            restore.enter_context(redirected(stream, file.fileno()))
        writer = restore.enter_context(os.fdopen(os.dup(file.fileno()), "w", buffering=1))
        restore.enter_context(_python_streams_to(writer))
        try:
            yield output
        finally:
            _flush()
            file.seek(0)
            output.text = file.read().decode(errors="replace")


@contextlib.contextmanager
def redirected(stream: int, target: int) -> Iterator[None]:
    """Redirect a descriptor of the process to the file of another one, and back.

    Args:
        stream: 1 for stdout, 2 for stderr.
        target: The other descriptor.
    """
    _flush()
    saved = os.dup(stream)
    try:
        os.dup2(target, stream)
        yield
    finally:
        os.dup2(saved, stream)
        os.close(saved)


@contextlib.contextmanager
def own_stderr() -> Iterator[TextIO]:
    """Open stderr on a descriptor of its own, which stays on the terminal during a capture."""
    keep_standard_descriptors()
    stream = os.fdopen(os.dup(2), "w", errors="backslashreplace")
    try:
        yield stream
    finally:
        with contextlib.suppress(OSError):  # the reader has closed the pipe before the last lines
            stream.close()


class _Detour(io.TextIOBase):
    """A stream that leads to a writer for a while, and to the original stream ever after.

    The original is None in a process that was started without it: texts are then discarded. Log
    handlers created meanwhile keep this stream.
    """

    def __init__(self, original: TextIO | None, writer: TextIO) -> None:
        self._original = original
        self._target: TextIO | None = writer

    def end(self) -> None:
        """Redirect to the original stream from now on."""
        self._target = self._original

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, text: str, /) -> int:
        return len(text) if self._target is None else self._target.write(text)

    @override
    def flush(self) -> None:
        _flush_stream(self._target)


@contextlib.contextmanager
def _python_streams_to(writer: TextIO) -> Iterator[None]:
    detours = _Detour(sys.stdout, writer), _Detour(sys.stderr, writer)
    with contextlib.redirect_stdout(detours[0]), contextlib.redirect_stderr(detours[1]):
        try:
            yield
        finally:
            for detour in detours:
                detour.flush()
                detour.end()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        _flush_stream(stream)


def _flush_stream(stream: TextIO | None) -> None:
    """Flush a stream if it can be flushed: users replace the streams by all kinds of objects."""
    flush = getattr(stream, "flush", None)
    if flush is not None and not getattr(stream, "closed", False):
        flush()
