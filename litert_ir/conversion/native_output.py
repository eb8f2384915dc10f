"""Keep the converter's log noise off the terminal, and at hand in case it is needed."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

import attrs

_STREAMS = (1, 2)
_TAIL_LINES = 15


@attrs.define
class NativeOutput:
    """What was written to stdout and stderr, by Python and by native code.

    Attributes:
        text: All of it, once the capturing context has ended.
    """

    text: str = ""

    @property
    def tail(self) -> str:
        """The last lines, where converters put the reason of a failure."""
        return "\n".join(self.text.splitlines()[-_TAIL_LINES:])


@contextlib.contextmanager
def captured_native_output(*, passed_through: bool = False) -> Iterator[NativeOutput]:
    """Redirect the process's file descriptors 1 and 2 for the duration.

    TensorFlow's converter logs from C++, past `sys.stderr`; so the descriptors themselves
    are redirected, which also affects other threads that print meanwhile. Python's own
    streams follow, as they need not be on the descriptors (in a notebook, say).

    Args:
        passed_through: Leave the output on the terminal and capture nothing.

    Yields:
        An object whose ``text`` is filled at the end.
    """
    output = NativeOutput()
    if passed_through:
        yield output
        return
    with tempfile.TemporaryFile() as file, contextlib.ExitStack() as restore:
        for stream in _STREAMS:
            restore.callback(_redirect(stream, file.fileno()))
        writer = restore.enter_context(os.fdopen(os.dup(file.fileno()), "w", buffering=1))
        restore.enter_context(contextlib.redirect_stdout(writer))
        restore.enter_context(contextlib.redirect_stderr(writer))
        try:
            yield output
        finally:
            _flush()
            file.seek(0)
            output.text = file.read().decode(errors="replace")


class _redirect:  # noqa: N801  (a callable that undoes what making it did)
    """Point a descriptor at a file; calling the object points it back."""

    def __init__(self, stream: int, target: int) -> None:
        _flush()
        self.stream = stream
        self.saved = os.dup(stream)
        os.dup2(target, stream)

    def __call__(self) -> None:
        os.dup2(self.saved, self.stream)
        os.close(self.saved)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
