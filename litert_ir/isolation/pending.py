"""Calls that go on in the child process while this one does something else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, Self, TypeVar

R = TypeVar("R")

Begun = Callable[[], None]
"""Called when the child has received the whole call."""


class Pending(Generic[R]):
    """A call whose result is asked for later; made by `Worker.begin`.

    It is a context manager, at whose end no call is under way any more: an exception there waits
    for the call to end, and what is no `Exception`, such as Ctrl-C, stops it.

    Args:
        run: Makes the call, in a thread of its own; the constructor waits until it has begun, so
            that the child works from then on, whatever holds Python's lock here.
        stop: Ends the call at once.
    """

    def __init__(self, run: Callable[[Begun], R], stop: Callable[[], None]) -> None:
        self._future: Future[R] = Future()
        self._run, self._stop = run, stop
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._work, name="pending call", daemon=True)
        self._thread.start()
        try:
            self._begun.wait()
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        if kind is not None and not issubclass(kind, Exception) and not self._future.done():
            self._stop()
        self._thread.join()

    def result(self) -> R:
        """Wait for the result.

        Raises:
            Exception: What `Worker.call` raises.
        """
        return self._future.result()

    def _work(self) -> None:
        try:
            self._future.set_result(self._run(self._begun.set))
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._future.set_exception(error)
        finally:
            self._begun.set()
