"""Where no child can be started, an error says what to do, and nothing stays open."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from litert_ir.errors import ConversionError
from litert_ir.isolation.worker import Worker
from tests.isolation import functions


@pytest.fixture
def few_descriptors(request: pytest.FixtureRequest) -> Iterator[None]:
    """So few descriptors that some of those that a child takes cannot be had."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 10, hard))
    held: list[int] = []
    with contextlib.suppress(OSError):
        while True:
            held.append(os.dup(0))
    for descriptor in held[: request.param]:
        os.close(descriptor)
    yield
    for descriptor in held[request.param :]:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def failure_of_a_start() -> ConversionError:
    before = set(Path("/proc/self/fd").iterdir())
    with Worker() as worker:
        worker.start()
        with pytest.raises(ConversionError, match="cannot be started") as caught:
            worker.call(functions.echo, 1)
    assert set(Path("/proc/self/fd").iterdir()) == before
    return caught.value


@pytest.mark.parametrize("few_descriptors", range(1, 7), indirect=True)
@pytest.mark.usefixtures("few_descriptors")
def test_too_few_descriptors() -> None:
    assert "ulimit -n" in failure_of_a_start().advice


@pytest.mark.parametrize("executable", [None, ""], ids=["none", "empty"])
def test_a_process_that_does_not_know_its_python(
    executable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", executable)
    assert "sys.executable" in failure_of_a_start().advice


def test_a_python_that_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    error = failure_of_a_start()
    assert error.where == str(tmp_path / "python")
    assert error.advice


def test_a_thread_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with Worker() as worker:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", fail)
            with pytest.raises(ConversionError, match="thread"):
                worker.call(functions.echo, 1)
        assert worker.call(functions.echo, 1) == 1


def test_no_temporary_folder_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with Worker() as worker:
        assert worker.call(functions.echo, 1) == 1


def test_a_child_blocks_no_signals_of_its_parents() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO, signal.SIGTERM})
    try:
        with Worker() as worker:
            assert worker.call(functions.blocked_signals) == set()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
