"""Run functions in a warm child process, which may crash where this process must not."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar, TypeVarTuple, assert_never

import attrs

from litert_ir.errors import ConversionError
from litert_ir.isolation.child import Child
from litert_ir.isolation.messages import Raised, Reply, Returned, decode
from litert_ir.isolation.outcome import crash_of, exception_of
from litert_ir.isolation.pending import Begun, Pending

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_GRACE_S = 5.0
"""How long closing waits for a thread to find out that its child was killed."""


@attrs.frozen(kw_only=True)
class _Order:
    """A call on its way to the child.

    Attributes:
        payload: The pickled function and its arguments.
        time_limit_s: Seconds after which the child is killed; None for no limit.
        task: What this is, for the error.
        begun: Called when the child has received the whole of it.
    """

    payload: bytes = attrs.field(repr=False)
    time_limit_s: float | None
    task: str
    begun: Begun


class Worker:
    """A child process for native work, started when needed and kept for the next call.

    Whatever ends the child (a signal, an exit, the time limit) becomes `ConverterCrashed` here,
    and the next call starts a fresh child. Calls from several threads wait for one another. A
    forked copy of this process starts a child of its own. The child ends with this process,
    however that ends.

    Args:
        max_calls: After so many calls the child is replaced, since native libraries may leak.
        environment: Variables that the child has in addition to this process's, or instead of
            them.

    Attributes:
        native_output: The last lines that the child printed during the latest call; where that
            was the child's first one, since its start.

    Example:
        ``with Worker() as worker: worker.call(math.sqrt, 2.0, task="taking a root")``
    """

    def __init__(
        self, *, max_calls: int = 200, environment: Mapping[str, str] | None = None
    ) -> None:
        self.native_output = ""
        self._max_calls = max_calls
        self._environment = dict(environment or {})
        self._lock = threading.Lock()
        self._child: Child | None = None
        _WORKERS.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id; None when there is none."""
        child = self._child
        return None if child is None else child.pid

    def start(self, preload: tuple[str, ...] = ()) -> None:
        """Start the child, if there is none, and return at once.

        What goes wrong here goes wrong again, and is reported, in the next call.

        Args:
            preload: Names of modules that the child imports while this process goes on.
        """
        if not self._lock.acquire(blocking=False):
            return  # a call is under way: there is a child, and it is busy
        try:
            with contextlib.suppress(ConversionError):
                self._living_child().preload(preload)
        finally:
            self._lock.release()

    def call(
        self,
        function: Callable[[*Ts], R],
        *args: *Ts,
        time_limit_s: float | None = None,
        task: str = "running native code",
    ) -> R:
        """Run a function in the child.

        Args:
            function: A function of a module; the child imports the module to find it. It sees
                the environment and the working directory of the child's start.
            *args: Its arguments; they and the result are pickled.
            time_limit_s: Seconds after which the child is killed, its start included; None for
                no limit.
            task: What this is, for the error: "converting ...".

        Returns:
            What the function returns.

        Raises:
            ConverterCrashed: When the child ends meanwhile, or exceeds the time limit.
            ConversionError: When it raises an exception that this process cannot have, or when
                no child can be started.
            ValueError: When the function is one of ``__main__``, which the child does not have.
            Exception: Whatever else the function raises; a note holds the child's traceback.
        """
        payload = _pickled(function, args)
        order = _Order(payload=payload, time_limit_s=time_limit_s, task=task, begun=_nothing)
        result: R = self._result(order)
        return result

    def begin(
        self,
        function: Callable[[*Ts], R],
        *args: *Ts,
        time_limit_s: float | None = None,
        task: str = "running native code",
    ) -> Pending[R]:
        """Run a function in the child while this process goes on; see `call`.

        Returns:
            What gives the result, and raises what `call` raises, once the child has received the
            call: before that, earlier calls have ended.

        Example:
            ``with worker.begin(math.sqrt, 2.0) as root: print(math.pi, root.result())``
        """
        payload = _pickled(function, args)

        def run(begun: Begun) -> R:
            order = _Order(payload=payload, time_limit_s=time_limit_s, task=task, begun=begun)
            result: R = self._result(order)
            return result

        return Pending(run, self.close)

    def _result(self, order: _Order) -> Any:
        with self._lock:
            reply: Reply[Any] = decode(self._answer(order))
            native_output = self.native_output
        match reply:
            case Returned(value=value):
                return value
            case Raised():
                raise exception_of(reply, order.task, native_output)
            case _:
                assert_never(reply)

    def recycle(self) -> None:
        """End the child, if there is one; the next call starts a fresh one."""
        with self._lock:
            self._end()

    def close(self) -> None:
        """End the child at once, even while another thread waits for its reply."""
        child = self._child
        if child is not None:
            child.kill()
        if self._lock.acquire(timeout=_GRACE_S):
            try:
                self._end()
            finally:
                self._lock.release()

    def disown(self) -> None:
        """In a forked copy of the process, leave the child to the original."""
        child, self._child = self._child, None
        self._lock = threading.Lock()  # the thread that may hold the old one was not copied
        if child is not None:
            child.disown()

    def _answer(self, order: _Order, *, again: bool = True) -> bytes:
        child = self._living_child()
        with contextlib.ExitStack() as unanswered:
            unanswered.callback(self._end)
            with _time_limit(child, order.time_limit_s) as expired:
                delivered = child.deliver(order.payload)
                if delivered:
                    order.begun()
                answer = child.reply() if delivered else None
            self.native_output = child.native_output
            timed_out = expired.is_set()
            if answer is not None:
                if child.calls < self._max_calls and not timed_out:
                    unanswered.pop_all()
                return answer
            crash = crash_of(child, order.task, timed_out=timed_out)
        if delivered or timed_out or not again:
            raise crash
        # It had died between the calls, so nothing of this one has run yet.
        return self._answer(order, again=False)

    def _living_child(self) -> Child:
        if self._child is not None and not self._child.is_alive:
            self._end()
        if self._child is None:
            self._child = Child(self._environment)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()


def _pickled(function: Callable[..., object], args: tuple[object, ...]) -> bytes:
    if getattr(function, "__module__", None) == "__main__":
        raise ValueError(f"{function!r} is in __main__: put it into a module")
    return pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)


def _nothing() -> None:
    """Nobody waits for the call to begin."""


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

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
        timer.join()


_WORKERS: weakref.WeakSet[Worker] = weakref.WeakSet()
_SHARED = Worker()


def shared_worker() -> Worker:
    """The worker that all native work of this process shares."""
    return _SHARED


def _end_all() -> None:
    for worker in list(_WORKERS):
        worker.close()


def _disown_all() -> None:
    for worker in list(_WORKERS):
        worker.disown()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_disown_all)
