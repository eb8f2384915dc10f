"""Start a child process, exchange messages with it, keep its output, and end it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection

from litert_ir.errors import ConversionError
from litert_ir.isolation.messages import Call, Preload, encode
from litert_ir.isolation.search_path import search_path, start_arguments
from litert_ir.isolation.standard_descriptors import keep_standard_descriptors
from litert_ir.isolation.unnamed_file import unnamed_file

_TAIL_LINES = 15
_TAIL_BYTES = 1 << 14
_CHATTER = re.compile(r"[IW]\d{4} \d\d:\d\d:\d+\.|WARNING: All log messages before absl")
"""Lines of Google's logging library below the level of errors."""
_GRACE_S = 5.0
_GONE = (EOFError, OSError)
"""The errors of a connection whose other end is closed, between messages or within one."""
_NOT_STARTED = "The child process for native work cannot be started"
_OPEN_FILES = "close files, or let this process have more of them open (ulimit -n)"
_MEMORY = "free memory, end other processes, or raise their limit (ulimit -u)"
_ADVICE: Mapping[int, str] = {
    errno.EMFILE: _OPEN_FILES,
    errno.ENFILE: _OPEN_FILES,
    errno.EAGAIN: _MEMORY,
    errno.ENOMEM: _MEMORY,
}


class Child:
    """A child process that waits for calls; it is in a session of its own, away from Ctrl-C.

    Args:
        environment: Variables that are added to this process's, or replace them.

    Raises:
        ConversionError: When no process can be started.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.calls = 0
        self._preloaded: set[str] = set()
        self._open = contextlib.ExitStack()
        try:
            self._start(environment)
        except OSError as error:
            self._close()
            raise _not_started(error) from error
        except BaseException:
            self._close()
            raise

    def _start(self, environment: Mapping[str, str]) -> None:
        keep_standard_descriptors()
        ours, theirs = socket.socketpair()
        with theirs:
            self._connection = self._open.enter_context(Connection(ours.detach()))
            lifeline, kept = os.pipe()
            self._open.callback(os.close, kept)
            with os.fdopen(lifeline):
                self._output = self._open.enter_context(unnamed_file())
                inherited = theirs.fileno(), lifeline
                self._process = _spawn(inherited, self._output.fileno(), environment)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        return self._process.poll() is None

    @property
    def native_output(self) -> str:
        """The last lines of its output since the latest call began, or since its start."""
        descriptor = self._output.fileno()
        start = max(0, os.fstat(descriptor).st_size - _TAIL_BYTES)
        lines = os.pread(descriptor, _TAIL_BYTES, start).decode(errors="replace").splitlines()
        telling = [line for line in lines if not _CHATTER.match(line)]
        return "\n".join(telling[-_TAIL_LINES:])

    def preload(self, modules: tuple[str, ...]) -> None:
        """Let it import modules in the background, each once."""
        new = tuple(name for name in dict.fromkeys(modules) if name not in self._preloaded)
        self._preloaded.update(new)
        if new:
            with contextlib.suppress(OSError):  # when it is dead: the next call reports it
                self._connection.send_bytes(encode(Preload(modules=new, path=search_path())))

    def deliver(self, payload: bytes) -> bool:
        """Send a pickled function and its arguments; return whether the child received them all."""
        if self.calls:  # the first call's output includes that of a failed start
            self._output.seek(0)
            self._output.truncate()
        self.calls += 1
        try:
            self._connection.send_bytes(encode(Call(search_path())))
            self._connection.send_bytes(payload)
            self._connection.recv_bytes()
        except _GONE:
            return False
        return True

    def reply(self) -> bytes | None:
        """Wait for its reply; return None if it ends instead."""
        try:
            return self._connection.recv_bytes()
        except _GONE:
            return None

    def kill(self) -> None:
        """Kill it: it has nothing to save. Another thread may wait for its reply."""
        self._process.kill()

    def ended(self) -> int:
        """Wait for a child that has closed its connection; return its `Popen.returncode`."""
        try:
            return self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def close(self) -> None:
        """End it and close all of its descriptors."""
        try:
            self.kill()
            self._process.wait()
        finally:
            self._close()

    def disown(self) -> None:
        """Close the descriptors of a forked copy; the process remains the original's."""
        self._process.returncode = 0  # Popen would wait for a process that is not its own
        self._close()

    def _close(self) -> None:
        self._open.close()


def _spawn(
    inherited: tuple[int, int], output: int, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    if not sys.executable:  # where Python is embedded in another program
        raise ConversionError(
            f"{_NOT_STARTED}: this process does not know its Python.",
            where="sys.executable",
            expected="the path of a Python interpreter that has the same packages",
            received=repr(sys.executable),
            advice="set sys.executable to it",
        )
    return subprocess.Popen(
        [sys.executable, *start_arguments(inherited)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=inherited,
        start_new_session=True,
        env={**os.environ, **environment},
    )


def _not_started(error: OSError) -> ConversionError:
    return ConversionError(
        f"{_NOT_STARTED}.",
        where=sys.executable,
        received=f"{type(error).__name__}: {error}",
        advice=_ADVICE.get(error.errno or 0, "set sys.executable to a Python that can be started"),
    )
