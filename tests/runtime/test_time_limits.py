"""Files that never end: every way to run one has a limit, which a user can set."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import AllStrategiesFailedError, ConverterCrashed
from litert_ir.errors.advice import on_command_line
from litert_ir.isolation import time_limits
from litert_ir.isolation.time_limits import TimeBudget, one_run_s, quantization_s, running_s
from litert_ir.isolation.worker import shared_worker
from litert_ir.runtime.file_process import FileProcess
from litert_ir.runtime.isolated import run_isolated
from litert_ir.verification.compiled_model_check import InterpreterRun, compare_compiled_model
from litert_ir.verification.layer_errors import tensor_errors
from tests.conversion.exports import exported
from tests.conversion.stubs import returning
from tests.runtime.endless_files import STEPS, counting_model, looping

X = {"x": np.ones((2, 3), np.float32)}
LIMIT_S = 1.5
GIB = 1 << 30


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("endless") / "model.tflite"
    path.write_bytes(looping(endless=True))
    return path


def test_the_same_loop_with_steps_ends(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(looping(endless=False))
    np.testing.assert_array_equal(lir.LiteRTFile(path).run(X)["y"], X["x"] * 0.5**STEPS)


RUNS: dict[str, Callable[[Path], Any]] = {
    "file": lambda path: lir.LiteRTFile(path, timeout=LIMIT_S).run(X),
    "outputs": lambda path: run_isolated(path, [X], TimeBudget(LIMIT_S)),
    "layers": lambda path: tensor_errors(path, path, [X], TimeBudget(LIMIT_S)),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_limit_names_the_task_the_seconds_and_what_to_do(name: str, endless: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ConverterCrashed, match=r"of 1\.5 s while (running|comparing)") as caught:
        RUNS[name](endless)
    assert time.monotonic() - began < LIMIT_S + 5
    assert caught.value.timed_out
    assert "timeout=" in caught.value.advice


@contextlib.contextmanager
def killing(pid_of: Callable[[], int | None], *, times: int) -> Iterator[None]:
    """Send SIGTERM to a child that runs a file, and to those that come after it."""
    over = threading.Event()

    def kill() -> None:
        killed: set[int | None] = {None}
        while len(killed) <= times and not over.wait(0.4):
            pid = pid_of()
            if pid is not None and pid not in killed:
                os.kill(pid, signal.SIGTERM)
                killed.add(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


def test_a_child_that_is_killed_again_and_again_is_not_the_files_fault(endless: Path) -> None:
    with (
        killing(lambda: shared_worker().pid, times=9),
        pytest.raises(ConverterCrashed, match="from outside, by SIGTERM") as caught,
    ):
        run_isolated(endless, [X])
    assert (caught.value.signal, caught.value.timed_out) == ("SIGTERM", False)
    assert "again" in caught.value.advice


def test_a_child_that_is_killed_once_runs_the_file_again(endless: Path) -> None:
    with (
        killing(lambda: shared_worker().pid, times=1),
        pytest.raises(ConverterCrashed, match=r"time limit of 2\.5 s"),
    ):
        run_isolated(endless, [X], TimeBudget(2.5))


def test_the_same_holds_of_compiled_model(endless: Path) -> None:
    """What it does not run in time is noted, and a child that is killed is no such reason."""
    run = InterpreterRun(inputs=X, outputs={"y": X["x"]})
    with killing(lambda: shared_worker().pid, times=1):
        note = compare_compiled_model(endless, [run], {"y": 0.0}, TimeBudget(2.5))
    assert "exceeded its time limit" in note


def test_a_files_own_child_that_is_killed_says_so(endless: Path) -> None:
    file = lir.LiteRTFile(endless, timeout=LIMIT_S)
    loaded = file._loaded
    assert isinstance(loaded, FileProcess)
    with (
        killing(lambda: loaded._worker.pid, times=1),
        pytest.raises(ConverterCrashed, match="from outside, by SIGTERM"),
    ):
        file.run(X)
    with pytest.raises(ConverterCrashed, match="time limit"):
        file.run(X)


def test_the_default_limits_are_short_for_small_files_and_long_for_large_ones(
    endless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = endless.stat().st_size
    assert running_s(size, [6]) < 60
    assert one_run_s(size, 6) < 10
    assert running_s(size, [6] * 300) > 600
    assert running_s(4 * GIB, [2048]) > 3600
    assert one_run_s(14 << 20, 224 * 224 * 3) > 600
    assert quantization_s(4 * GIB) > 1200
    monkeypatch.setattr(time_limits, "_ANSWER_S", 0.5)
    monkeypatch.setattr(time_limits, "_RUN_S", 0.5)
    with pytest.raises(ConverterCrashed, match=r"of 1\.0 s while running the file"):
        lir.LiteRTFile(endless).run(X)


def test_a_child_that_answered_before_and_answers_no_more_is_given_up_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(looping(endless=False))
    assert running_s(path.stat().st_size, [6]) - time_limits.WARM_SAVES_S < 15
    monkeypatch.setattr(time_limits, "_START_S", 0.5 + time_limits.WARM_SAVES_S)
    run_isolated(path, [X], TimeBudget(30))
    child = shared_worker().pid
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    with pytest.raises(ConverterCrashed, match=r"time limit of 2\.5 s"):
        run_isolated(path, [X])


def test_a_budget_is_that_of_all_calls_together() -> None:
    budget = TimeBudget(60.0)
    time.sleep(0.1)
    assert 59 < budget.left(1.0) < 60
    assert TimeBudget(None).left(7.0) == 7.0
    assert TimeBudget(1e-9).left(7.0) == 0.0


@pytest.mark.parametrize(("value", "kind"), [(0, ValueError), (-1.0, ValueError), ("5", TypeError)])
def test_what_is_no_limit(value: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        lir.Verification(timeout=value)


def test_an_endless_file_is_a_failed_attempt(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError, match=r"time limit of 1\.5 s") as caught:
        lir.export(
            counting_model(),
            tmp_path / "model.tflite",
            strategies=(returning(looping(endless=True), "endless"),),
            verify=lir.Verification(timeout=LIMIT_S),
        )
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, ConverterCrashed)
    assert "--verify-timeout" in on_command_line(caught.value.advice)


def test_a_callers_own_limit_reaches_the_caller_of_an_export(tmp_path: Path) -> None:
    def handle(*_: Any) -> NoReturn:
        raise TimeoutError("the caller's own limit")

    def stop(phase: str) -> None:
        if "comparing" in phase:
            child = shared_worker().pid
            assert child is not None
            os.kill(child, signal.SIGSTOP)
            signal.setitimer(signal.ITIMER_REAL, 0.3)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        with pytest.raises(TimeoutError, match="the caller's own limit"):
            lir.export(
                exported("single").model,
                tmp_path / "model.tflite",
                strategies=(returning(exported("single").content, "sound"),),
                on_progress=stop,
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert list(tmp_path.iterdir()) == []
