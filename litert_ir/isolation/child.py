"""One child process: its start, what is said to it, what it printed, its end."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.connection import Connection

from litert_ir.errors import ConversionError
from litert_ir.isolation.messages import Call, Preload, encode
from litert_ir.isolation.search_path import search_path, start_arguments
from litert_ir.isolation.standard_descriptors import keep_standard_descriptors

_TAIL_LINES = 15
_TAIL_BYTES = 1 << 14
_GRACE_S = 5.0
_GONE = (EOFError, OSError)
"""What a connection raises whose other end is closed, between messages or within one."""


class Child:
    """A child process that waits for calls; it is in a session of its own, away from Ctrl-C.

    Args:
        environment: Variables that it has in addition to this process's, or instead of them.

    Raises:
        ConversionError: When no process can be started.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.calls = 0
        self._preloaded: set[str] = set()
        keep_standard_descriptors()
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours.detach())
        lifeline, self._lifeline = os.pipe()
        self._output = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as the child
        with theirs, os.fdopen(lifeline), contextlib.ExitStack() as unfinished:
            unfinished.callback(self._close)
            self._process = _spawn((theirs.fileno(), lifeline), self._output.fileno(), environment)
            unfinished.pop_all()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def native_output(self) -> str:
        """The last lines that it printed since the latest call began, or since its start."""
        descriptor = self._output.fileno()
        start = max(0, os.fstat(descriptor).st_size - _TAIL_BYTES)
        lines = os.pread(descriptor, _TAIL_BYTES, start).decode(errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    def preload(self, modules: tuple[str, ...]) -> None:
        """Let it import modules, each once, while the parent does something else."""
        new = tuple(name for name in dict.fromkeys(modules) if name not in self._preloaded)
        self._preloaded.update(new)
        if new:
            with contextlib.suppress(OSError):  # when it is dead: the next call finds out
                self._connection.send_bytes(encode(Preload(modules=new, path=search_path())))

    def deliver(self, payload: bytes) -> bool:
        """Send a pickled function and its arguments; whether the child has received them all."""
        if self.calls:  # the first call's output is also that of a start that fails
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
        """What it answers; None when it ends instead."""
        try:
            return self._connection.recv_bytes()
        except _GONE:
            return None

    def kill(self) -> None:
        """End it at once: it has nothing to save. Another thread may wait for its reply."""
        self._process.kill()

    def ended(self) -> int:
        """Wait for the end of a child that has closed its connection; its `Popen.returncode`."""
        try:
            return self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def close(self) -> None:
        """End it and close everything that belongs to it."""
        self.kill()
        self._process.wait()
        self._close()

    def disown(self) -> None:
        """Close a forked copy's descriptors; the process remains that of the original."""
        self._process.returncode = 0  # Popen would wait for a process that is not its own
        self._close()

    def _close(self) -> None:
        self._connection.close()
        self._output.close()
        os.close(self._lifeline)


def _spawn(
    inherited: tuple[int, int], output: int, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    command = [sys.executable, *start_arguments(inherited)]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=inherited,
            start_new_session=True,
            env={**os.environ, **environment},
        )
    except OSError as error:
        raise ConversionError(
            "The child process for native work cannot be started.",
            where=sys.executable,
            received=str(error),
        ) from error
