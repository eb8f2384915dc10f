"""Represent one call to the child process, which can be cancelled."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from litert_ir.isolation.child import Child
from litert_ir.isolation.pending import Begun
from litert_ir.isolation.threads import start_thread

Translate = Callable[[Exception], Exception]
"""A translation of the function's exception to the one that the caller gets."""


class Order:
    """A call to the child.

    Args:
        payload: The pickled function and its arguments.
        time_limit_s: Seconds after which the child is killed; None for no limit.
        task: The activity, for errors.
        translate: Translates the function's own exceptions.

    Attributes:
        begun: Called when the child has received the whole call.
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
        """Return whether the call was cancelled."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Cancel the call: end the child that runs it, or prevent it from starting."""
        with self._lock:
            self._is_cancelled = True
            if self._child is not None:
                self._child.kill()
                self._child.ended()

    @contextlib.contextmanager
    def handled_by(self, child: Child) -> Iterator[threading.Event]:
        """Bind a child to the call for the duration, within the time limit.

        Yields:
            An event that is set once the limit was exceeded.
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
    """Kill the child after so many seconds, whatever this process waits for then.

    Yields:
        An event that is set once the limit was exceeded.
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
    """Do nothing: the caller does not wait for the call to begin."""
