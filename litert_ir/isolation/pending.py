"""Represent calls that run in the child process while this one continues."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, Self, TypeVar

from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import mark_interruption
from litert_ir.isolation.threads import start_thread

R = TypeVar("R")

Begun = Callable[[], None]
"""Called when the child has received the whole call."""


class Pending(Generic[R]):
    """A call whose result is requested later; made by `Worker.begin`.

    The call is made in a thread of its own: an exception that a signal handler raises while this
    thread waits is not the call's, and passes unchanged.

    It is a context manager; no call is running after its end. On an error of litert_ir it waits for
    the call to end, as the next attempt needs the child; any other exception, such as Ctrl-C or
    that of a signal handler, stops the call.

    Args:
        run: Makes the call, in a thread of its own; the constructor waits until it has begun, so
            that the child works from then on, even if this process holds Python's lock.
        stop: Ends the call at once.
    """

    def __init__(self, run: Callable[[Begun], R], stop: Callable[[], None]) -> None:
        self._future: Future[R] = Future()
        self._run, self._stop = run, stop
        self._begun, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="pending call", daemon=True)
        try:
            start_thread(self._thread)
            self._begun.wait()
        except BaseException as error:
            self._give_up(error)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        if kind is not None and not issubclass(kind, LiteRTIRError) and not self._ended.is_set():
            self._stop()
        self._wait()
        self._thread.join()

    def result(self) -> R:
        """Wait for the result.

        Raises:
            Exception: The exception that `Worker.call` raises.
        """
        self._wait()
        try:
            return self._future.result()
        finally:
            del self  # else the exception's traceback would keep it alive

    def _wait(self) -> None:
        """Wait for the end of the call; an exception of a signal handler meanwhile stops it."""
        try:
            self._ended.wait()
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        if not isinstance(error, LiteRTIRError):  # such as a thread that cannot be started
            mark_interruption(error)
        self._stop()

    def _work(self) -> None:
        future, run, begun, ended = self._future, self._run, self._begun, self._ended
        del self
        try:
            future.set_result(run(begun.set))
        except BaseException as error:  # noqa: BLE001 - `result` raises it
            future.set_exception(error)
        finally:
            del future, run  # else the exception's traceback would keep them alive
            ended.set()
            begun.set()
