"""What a caller's own signal handlers raise while a call is under way reaches the caller."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest

from litert_ir.isolation.worker import Worker
from tests.isolation import functions

SOON_S = 0.3


class OwnError(Exception):
    """What the caller alone knows."""


KINDS = [TimeoutError, EOFError, ConnectionResetError, OSError, RuntimeError, OwnError, SystemExit]


@contextlib.contextmanager
def alarm(kind: type[BaseException]) -> Iterator[BaseException]:
    """Raise an exception in the main thread soon."""
    error = kind("the caller's own limit")

    def handle(*_: Any) -> NoReturn:
        raise error

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, SOON_S)
    try:
        yield error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_while_a_call_is_waited_for(worker: Worker, kind: type[BaseException]) -> None:
    with pytest.raises(kind) as caught, alarm(kind) as error:
        worker.call(functions.sleep_forever)
    assert caught.value is error
    assert worker.call(functions.echo, "alive") == "alive"


def read_late(worker: Worker) -> None:
    """A call whose result is asked for after it began."""
    with worker.begin(functions.sleep_forever) as pending:
        pending.result()


def join_late(worker: Worker) -> None:
    """A call whose end is waited for without its result."""
    with worker.begin(functions.sleep_forever):
        pass


def say_to_nobody(worker: Worker) -> None:
    """More than a pipe holds, to a child that does not read."""
    worker.call(functions.echo, 1)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    worker.call(functions.echo, bytes(5_000_000))


@pytest.mark.parametrize("wait", [read_late, join_late, say_to_nobody])
def test_wherever_this_process_waits(worker: Worker, wait: Callable[[Worker], None]) -> None:
    with pytest.raises(TimeoutError) as caught, alarm(TimeoutError) as error:
        wait(worker)
    assert caught.value is error
    assert worker.call(functions.echo, "alive") == "alive"


def test_a_call_that_waits_for_its_turn_leaves_the_one_before_it_alone(worker: Worker) -> None:
    with worker.begin(functions.nap_and_echo, 3 * SOON_S, "whole") as before:
        with pytest.raises(TimeoutError), alarm(TimeoutError):
            worker.call(functions.echo, 1)
        assert before.result() == "whole"
    assert worker.call(functions.echo, 2) == 2
