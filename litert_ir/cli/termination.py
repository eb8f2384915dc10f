"""Exit cleanly on a signal: remove temporary files and end the child process."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from litert_ir.scratch.claims import release_all

SIGNALS = (signal.SIGTERM, signal.SIGHUP)

_GRACE_S = 5.0
"""Seconds that native code may run on after a signal: Python's handlers do not run during it."""


class Terminated(BaseException):
    """The process received a signal to end.

    Attributes:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Make SIGTERM and SIGHUP raise `Terminated` for the duration.

    A signal that is ignored (``nohup``) or already handled stays so. If native code does not return
    within seconds, the temporary files are removed and the process exits at once.
    """
    ours = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread() or not ours:
        yield
        return
    with _watched(ours):
        yield


class _Handler:
    """A handler that raises for the first signal only; `timeout` sends it twice."""

    def __init__(self) -> None:
        self._raised = False

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if not self._raised:
            self._raised = True
            raise Terminated(number)


@contextlib.contextmanager
def _watched(numbers: list[signal.Signals]) -> Iterator[None]:
    """Handle signals, and check in a thread, which native code does not stop, that one works."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    ended = threading.Event()
    threading.Thread(target=_watch, args=(reading, set(numbers), ended), daemon=True).start()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    handler = _Handler()
    for number in numbers:
        signal.signal(number, handler)
    _WATCHED.append(numbers)
    try:
        yield
    finally:
        _WATCHED.remove(numbers)
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(before)
        ended.set()
        os.close(writing)


def _watch(descriptor: int, numbers: set[signal.Signals], ended: threading.Event) -> None:
    """End the process if a signal did not: its exception came too late, or was lost."""
    with os.fdopen(descriptor, "rb", buffering=0) as signals:
        while received := signals.read(1):
            if received[0] in numbers and not ended.wait(_GRACE_S):
                release_all()
                os._exit(128 + received[0])


_WATCHED: list[list[signal.Signals]] = []


def _leave_to_the_original() -> None:
    """Restore the defaults in a forked copy, such as a worker of the model's code."""
    for numbers in _WATCHED:
        signal.set_wakeup_fd(-1)
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


os.register_at_fork(after_in_child=_leave_to_the_original)
