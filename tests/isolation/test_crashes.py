"""Whatever ends the child is an exception here, and the next call has a fresh child."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from litert_ir.errors import ConverterCrashed
from litert_ir.isolation.worker import Worker
from tests.isolation import functions


def crash_of(worker: Worker, function: Callable[..., object], *args: object) -> ConverterCrashed:
    """How a call ends, once it is certain that the next one is answered."""
    with pytest.raises(ConverterCrashed) as caught:
        worker.call(function, *args, task="crashing")
    assert worker.call(functions.echo, "alive") == "alive"
    return caught.value


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_signal(worker: Worker, name: str) -> None:
    crash = crash_of(worker, functions.die_of, name, "the last words\n")
    assert (crash.signal, crash.exit_code, crash.timed_out) == (name, None, False)
    assert crash.native_output == "the last words\nthe last words"
    outside = name == "SIGKILL"
    summary = f"The child process was ended from outside, by {name}, while crashing."
    expected = summary if outside else f"Native code died of {name} while crashing."
    assert str(crash).startswith(f"{expected}\n  received: the last")
    assert crash.is_from_outside == outside
    assert ("memory" in crash.advice) == outside


def test_a_signal_without_a_name(worker: Worker) -> None:
    with pytest.raises(ConverterCrashed) as caught:
        worker.call(functions.die_of_number, signal.SIGRTMIN + 1)
    assert caught.value.signal == f"signal {signal.SIGRTMIN + 1}"


def test_a_real_fault(worker: Worker) -> None:
    assert crash_of(worker, functions.read_null).signal == "SIGSEGV"


@pytest.mark.parametrize("function", [functions.exit_at_once, functions.exit_politely])
def test_an_exit(worker: Worker, function: Callable[[int], None]) -> None:
    crash = crash_of(worker, function, 3)
    assert (crash.signal, crash.exit_code, crash.timed_out) == (None, 3, False)


def test_the_time_limit(worker: Worker) -> None:
    worker.call(functions.say, "an earlier call\n")
    with pytest.raises(ConverterCrashed, match=r"time limit of 1\.0 s while waiting") as caught:
        worker.call(functions.sleep_forever, time_limit_s=1.0, task="waiting")
    crash = caught.value
    assert (crash.signal, crash.exit_code, crash.timed_out) == (None, None, True)
    assert crash.native_output == ""
    assert worker.call(functions.echo, "alive", time_limit_s=60.0) == "alive"


def test_the_time_limit_holds_where_the_child_does_not_listen(tmp_path: Path) -> None:
    (tmp_path / "endless_import.py").write_text("import time\ntime.sleep(600)\n")
    with Worker() as worker, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        worker.start(("endless_import",))
        with pytest.raises(ConverterCrashed) as caught:
            worker.call(functions.echo, bytes(10_000_000), time_limit_s=1.0)
    assert caught.value.timed_out


def test_a_child_that_closes_the_connection_is_ended(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litert_ir.isolation.child._GRACE_S", 0.1)
    crash_of(worker, functions.close_all_descriptors)


def test_a_process_that_the_child_leaves_behind_is_not_waited_for(
    worker: Worker, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    with pytest.raises(ConverterCrashed) as caught:
        worker.call(functions.leave_a_process_behind, str(pid_file), time_limit_s=20.0)
    assert caught.value.exit_code == 1
    os.kill(int(pid_file.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGSTOP"])
def test_a_death_between_calls_is_not_the_next_calls(worker: Worker, name: str) -> None:
    child = worker.call(functions.process_id)
    os.kill(child, signal.Signals[name])
    if name == "SIGSTOP":  # it dies with the call already in its hands, unread
        os.kill(child, signal.SIGKILL)
    assert worker.call(functions.process_id) != child


def test_starting_replaces_a_child_that_died(worker: Worker) -> None:
    child = worker.call(functions.process_id)
    with os.fdopen(os.pidfd_open(child)) as process:
        os.kill(child, signal.SIGKILL)
        select.select([process], [], [])
    worker.start()
    assert worker.pid not in {child, None}
    assert worker.call(functions.process_id) == worker.pid


def test_a_preload_that_crashes_is_not_the_next_calls(tmp_path: Path) -> None:
    (tmp_path / "fatal_import.py").write_text("import os\nos.abort()\n")
    with Worker() as worker, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        worker.start(("fatal_import",))
        assert worker.call(functions.echo, bytes(1_000_000)) == bytes(1_000_000)
        with pytest.raises(ConverterCrashed) as caught:
            worker.call(functions.fail_as, "fatal_import")
        assert caught.value.signal == "SIGABRT"


def test_a_child_that_never_comes_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no interpreter here >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(broken))
    with Worker() as worker, pytest.raises(ConverterCrashed) as caught:
        worker.call(functions.echo, 1)
    assert caught.value.exit_code == 127
    assert caught.value.native_output == "no interpreter here"


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_neither_descriptors_nor_processes_accumulate() -> None:
    with Worker(max_calls=3) as worker:
        children = {worker.call(functions.process_id)}
        before = open_descriptors()
        for number in range(20):
            if number % 4 == 3:
                with pytest.raises(ConverterCrashed):
                    worker.call(functions.exit_at_once, 1)
            children.add(worker.call(functions.process_id))
        assert open_descriptors() == before
        assert len(children) > 8
    assert open_descriptors() < before
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
