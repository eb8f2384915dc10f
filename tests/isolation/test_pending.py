"""Calls that go on while this process does something else."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from pathlib import Path

import pytest

from litert_ir.errors import ConverterCrashed, SamplesError
from litert_ir.isolation.worker import Worker
from tests.isolation import functions


def test_the_child_works_while_this_process_goes_on(worker: Worker, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with worker.begin(functions.read_text, str(fifo)) as pending:
        fifo.write_text("written after the call began")
        assert pending.result() == "written after the call began"


def test_a_result_can_be_asked_for_again(worker: Worker) -> None:
    pending = worker.begin(functions.echo, bytes(3_000_000))
    assert pending.result() is pending.result()
    assert len(pending.result()) == 3_000_000


def test_calls_that_begin_meanwhile_wait_for_their_turn(worker: Worker) -> None:
    first = worker.begin(functions.echo, 1)
    second = worker.begin(functions.echo, 2)
    assert worker.call(functions.echo, 3) == 3
    assert (first.result(), second.result()) == (1, 2)


def test_exceptions_arrive_with_the_result(worker: Worker) -> None:
    with worker.begin(functions.fail_with, KeyError("name")) as pending:
        pass
    with pytest.raises(KeyError, match="name"):
        pending.result()
    assert worker.call(functions.echo, 1) == 1


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_a_crash_arrives_with_the_result(worker: Worker, name: str) -> None:
    with worker.begin(functions.die_of, name, task="dying") as pending:
        pass
    with pytest.raises(ConverterCrashed, match="dying") as caught:
        pending.result()
    assert caught.value.signal == name
    assert worker.call(functions.echo, 1) == 1


def test_a_child_that_is_killed_from_outside_meanwhile(worker: Worker) -> None:
    with worker.begin(functions.sleep_forever) as pending:
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(ConverterCrashed):
            pending.result()


def test_the_time_limit_holds(worker: Worker) -> None:
    pending = worker.begin(functions.sleep_forever, time_limit_s=0.2)
    with pytest.raises(ConverterCrashed) as caught:
        pending.result()
    assert caught.value.timed_out


def test_a_child_that_died_before_the_call_is_replaced(worker: Worker) -> None:
    child = worker.call(functions.process_id)
    os.kill(child, signal.SIGKILL)
    assert worker.begin(functions.process_id).result() != child


def test_an_exception_here_waits_for_the_call_and_keeps_the_child(worker: Worker) -> None:
    child, threads = worker.call(functions.process_id), threading.enumerate()
    with pytest.raises(SamplesError, match="here"), worker.begin(functions.nap, 0.2):
        raise SamplesError("here")
    assert threading.enumerate() == threads
    assert worker.call(functions.process_id) == child


@pytest.mark.parametrize("kind", [KeyboardInterrupt, TimeoutError, ValueError])
def test_an_interrupt_here_ends_the_call(worker: Worker, kind: type[BaseException]) -> None:
    threads = threading.enumerate()
    with pytest.raises(kind), worker.begin(functions.sleep_forever):
        raise kind
    assert threading.enumerate() == threads
    assert worker.call(functions.echo, 1) == 1


def test_what_cannot_be_pickled_does_not_begin(worker: Worker) -> None:
    with pytest.raises(AttributeError, match="pickle"):
        worker.begin(lambda: None)
    assert worker.call(functions.echo, 1) == 1


def test_an_exception_is_gone_with_its_last_reference(worker: Worker) -> None:
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(SamplesError) as caught:
            worker.call(functions.fail_with, SamplesError("abroad"))
        error = weakref.ref(caught.value)
        del caught
        assert error() is None
    finally:
        gc.enable()
