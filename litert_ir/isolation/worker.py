"""Run functions in a warm child process, which may crash instead of this one."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar, TypeVarTuple, assert_never

from litert_ir.errors import ConversionError
from litert_ir.isolation.call import Order, Translate
from litert_ir.isolation.child import Child
from litert_ir.isolation.messages import Raised, Reply, Returned, decode
from litert_ir.isolation.outcome import crash_of, exception_of
from litert_ir.isolation.pending import Begun, Pending
from litert_ir.isolation.place import IDLE_VARIABLE
from litert_ir.isolation.time_limits import CALL_S

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_GRACE_S = 5.0
"""Seconds that closing waits for a thread to notice that its child was killed."""


def _as_it_is(error: Exception) -> Exception:
    """Return the exception of the child, to raise it here too."""
    return error


def _nothing() -> None:
    """Do nothing: the call ends by itself."""


class Worker:
    """A child process for native work, started when needed and kept for the next call.

    Whatever ends the child (a signal, an exit, the time limit) becomes `ConverterCrashed` here,
    and the next call starts a fresh child. Calls from several threads wait for one another. A
    forked copy of this process starts a child of its own. The child ends with this process,
    however that ends.

    Args:
        max_calls: After so many calls the child is replaced, since native libraries may leak.
        environment: Variables that are added to this process's in the child, or replace them.
        idle_s: Seconds after which an idle child ends; None to keep it.

    Attributes:
        native_output: The last lines that the child printed during the latest call; if that was its
            first one, since its start.

    Example:
        ``with Worker() as worker: worker.call(math.sqrt, 2.0, task="taking a root")``
    """

    def __init__(
        self,
        *,
        max_calls: int = 200,
        environment: Mapping[str, str] | None = None,
        idle_s: float | None = None,
    ) -> None:
        self.native_output = ""
        self._max_calls = max_calls
        self._environment = dict(environment or {})
        if idle_s is not None:
            self._environment[IDLE_VARIABLE] = str(idle_s)
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

    @property
    def is_warm(self) -> bool:
        """Return whether the child has received a call before."""
        child = self._child
        return child is not None and child.is_alive and child.calls > 0

    def start(self, preload: tuple[str, ...] = ()) -> None:
        """Start the child, if there is none, and return at once.

        An error here occurs again, and is reported, in the next call.

        Args:
            preload: Names of modules that the child imports in the background.
        """
        Pending(lambda _: self._start(preload), _nothing).result()

    def _start(self, preload: tuple[str, ...]) -> None:
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
        time_limit_s: float | None = CALL_S,
        task: str = "running native code",
        translate: Translate = _as_it_is,
    ) -> R:
        """Run a function in the child.

        An exception that a signal handler raises in this thread meanwhile, such as the caller's own
        time limit or Ctrl-C, passes unchanged and ends the child.

        Args:
            function: A module-level function; the child imports its module. It sees the environment
                and the working directory of the child's start.
            *args: Its arguments; they and the result are pickled.
            time_limit_s: Seconds after which the child is killed, its start included; see
                `litert_ir.isolation.time_limits`. None, for no limit, is reserved to users.
            task: The activity, for errors: "converting ...".
            translate: Translates an exception of the function, other than litert_ir's, to the one
                that is raised here.

        Returns:
            The function's result.

        Raises:
            ConverterCrashed: When the child ends meanwhile, or exceeds the time limit.
            ConversionError: When the function raises an exception that this process cannot
                represent, when no child can be started, or when its result does not fit into
                memory.
            ValueError: When the function is in ``__main__``, which the child does not have.
            Exception: Any other exception of the function; a note holds the child's traceback.
        """
        with self.begin(
            function, *args, time_limit_s=time_limit_s, task=task, translate=translate
        ) as pending:
            try:
                return pending.result()
            finally:
                del pending  # else the exception's traceback would keep it alive

    def begin(
        self,
        function: Callable[[*Ts], R],
        *args: *Ts,
        time_limit_s: float | None = CALL_S,
        task: str = "running native code",
        translate: Translate = _as_it_is,
    ) -> Pending[R]:
        """Run a function in the child while this process continues; see `call`.

        Returns:
            The pending call, once the child has received it, which is after earlier calls have
            ended. Its `result` raises the exceptions of `call`.

        Example:
            ``with worker.begin(math.sqrt, 2.0) as root: print(math.pi, root.result())``
        """
        order = Order(_pickled(function, args), time_limit_s, task, translate)

        def run(begun: Begun) -> R:
            order.begun = begun
            result: R = self._result(order)
            return result

        return Pending(run, order.cancel)

    def _result(self, order: Order) -> Any:
        with self._lock:
            try:
                reply: Reply[Any] = decode(self._answer(order))
            except MemoryError as error:
                raise _too_large(f"The result of {order.task}") from error
            native_output = self.native_output
        match reply:
            case Returned(value=value):
                return value
            case Raised():
                raise exception_of(reply, order, native_output)
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
        """Leave the child to the original, in a forked copy of the process."""
        child, self._child = self._child, None
        self._lock = threading.Lock()  # the thread that may hold the old one was not copied
        if child is not None:
            child.disown()

    def _answer(self, order: Order, *, again: bool = True) -> bytes:
        if order.is_cancelled:
            raise ConversionError(f"Nobody waits any more for {order.task}.")
        child = self._living_child()
        with contextlib.ExitStack() as unanswered:
            unanswered.callback(self._end)
            with order.handled_by(child) as expired:
                delivered = child.deliver(order.payload)
                if delivered:
                    order.begun()
                answer = child.reply() if delivered else None
            self.native_output = child.native_output
            timed_out = expired.is_set()
            if answer is not None:
                if child.calls < self._max_calls and not timed_out and not order.is_cancelled:
                    unanswered.pop_all()
                return answer
            crash = crash_of(child, order, timed_out=timed_out)
        if delivered or timed_out or not again:
            raise crash
        # It had died between the calls, so that this one has not begun.
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
    try:
        return pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
    except MemoryError as error:
        raise _too_large("The call") from error


def _too_large(what: str) -> ConversionError:
    return ConversionError(
        f"{what} does not fit into memory.",
        advice="free memory, or allow this process more of it (ulimit -v)",
    )


_WORKERS: weakref.WeakSet[Worker] = weakref.WeakSet()
_SHARED = Worker()


def shared_worker() -> Worker:
    """Return the worker that all native work of this process shares."""
    return _SHARED


def _end_all() -> None:
    for worker in list(_WORKERS):
        worker.close()


def _disown_all() -> None:
    for worker in list(_WORKERS):
        worker.disown()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_disown_all)
