"""SIGTERM and SIGHUP end the command cleanly, itself alone, and even during native code."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from litert_ir.cli import termination
from litert_ir.cli.exit_codes import code_of
from litert_ir.cli.termination import Terminated, ending_on_signals
from litert_ir.scratch.claims import Kind, claim


def exit_code_of(work: Callable[[], int]) -> int:
    """What a forked copy that does something exits with; minus a signal's number."""
    copy = os.fork()
    if copy == 0:
        code = 99
        with contextlib.suppress(BaseException):
            code = work()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_unwinds_once_and_handlers_are_as_before(
    number: signal.Signals, code: int
) -> None:
    with ending_on_signals():
        with pytest.raises(Terminated, match=number.name) as caught:
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)  # again, as `timeout` does
    assert code_of(caught.value) == code
    assert signal.getsignal(number) is signal.SIG_DFL
    assert signal.set_wakeup_fd(-1) == -1


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_leave_signals_alone() -> None:
    seen = []

    def work() -> None:
        with ending_on_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]


def test_code_that_goes_on_is_ended_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(termination, "_GRACE_S", 0.1)

    def work() -> int:
        held = claim(tmp_path, Kind.FILE, 0o600), claim(tmp_path, Kind.FOLDER, 0o700)
        with ending_on_signals():
            with contextlib.suppress(Terminated):  # as a finalizer would lose it
                os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(20)
        return len(held)

    assert exit_code_of(work) == 143
    assert list(tmp_path.iterdir()) == []


def test_a_forked_copy_ends_as_usual_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(termination, "_GRACE_S", 0.1)

    def killed() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    def work() -> int:
        with ending_on_signals():
            code = exit_code_of(killed)
            threading.Event().wait(0.5)
        return -code

    assert exit_code_of(work) == signal.SIGTERM
