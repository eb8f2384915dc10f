"""One call on its way to the child process, which may be taken back."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from litert_ir.isolation.child import Child
from litert_ir.isolation.pending import Begun
from litert_ir.isolation.threads import start_thread

Translate = Callable[[Exception], Exception]
"""Makes of an exception that the function raised what the caller gets."""


class Order:
    """A call.

    Args:
        payload: The pickled function and its arguments.
        time_limit_s: Seconds after which the child is killed; None for no limit.
        task: What this is, for the error.
        translate: What becomes of the function's own exceptions.

    Attributes:
        begun: Called when the child has received the whole of it.
    """

    def __init__(
        self, payload: bytes, time_limit_s: float | None, task: str, translate: Translate
    ) -> None:
        self.payload, self.task, self.translate = payload, task, translate
        self.time_limit_s = time_limit_s
        self.begun: Begun = _nothing
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._is_cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._is_cancelled

    def cancel(self) -> None:
        """End the child that works on it, and wait for that; where none does yet, none will."""
        with self._lock:
            self._is_cancelled = True
            if self._child is not None:
                self._child.kill()
                self._child.ended()

    @contextlib.contextmanager
    def handled_by(self, child: Child) -> Iterator[threading.Event]:
        """The time in which a child works on it, which ends the child when it is over.

        Yields:
            Set once the limit was exceeded.
        """
        with self._lock:
            self._child = child
            if self._is_cancelled:
                child.kill()
        try:
            with _time_limit(child, self.time_limit_s) as expired:
                yield expired
        finally:
            with self._lock:
                self._child = None


@contextlib.contextmanager
def _time_limit(child: Child, seconds: float | None) -> Iterator[threading.Event]:
    """Kill the child after so many seconds, wherever this process waits for it then.

    Yields:
        Set once the limit was exceeded.
    """
    expired = threading.Event()
    if seconds is None:
        yield expired
        return

    def kill() -> None:
        expired.set()
        child.kill()

    timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), kill)
    timer.daemon = True
    start_thread(timer)
    try:
        yield expired
    finally:
        timer.cancel()
        timer.join()


def _nothing() -> None:
    """Nobody waits for the call to begin."""
