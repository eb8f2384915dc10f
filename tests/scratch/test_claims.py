"""Temporary files: gone after use, swept after a kill, and nobody else's are touched."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import os
import re
import signal
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from litert_ir.conversion.target import pending_file
from litert_ir.errors import ConversionError, TargetError
from litert_ir.scratch.claims import Kind, claim, sweep
from litert_ir.scratch.folder import ScratchFolder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files during a test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextlib.contextmanager
def another_process(work: Callable[[], None]) -> Iterator[int]:
    """A forked copy that does something and then waits to be killed; its process id."""
    reading, writing = os.pipe()
    copy = os.fork()
    if copy == 0:
        try:
            work()
            os.write(writing, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.close(writing)
    try:
        assert os.read(reading, 1) == b"!"
        yield copy
    finally:
        os.close(reading)
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", Kind)
def test_what_lives_stays_and_what_was_killed_is_swept(kind: Kind, tmp_path: Path) -> None:
    def work() -> None:
        made = claim(tmp_path, kind, 0o700)
        if kind is Kind.FOLDER:
            (made.path / "inside").mkdir()
            (made.path / "inside" / "file").touch()

    own = claim(tmp_path, kind, 0o700)
    with another_process(work):
        assert len(names(tmp_path)) == 2
        sweep(tmp_path, kind)
        assert len(names(tmp_path)) == 2
    sweep(tmp_path, kind)
    assert names(tmp_path) == [own.path.name]
    own.release()
    own.release()
    assert names(tmp_path) == []


def test_what_others_made_is_not_swept(tmp_path: Path) -> None:
    target = tmp_path / "outside"
    target.mkdir()
    (tmp_path / ".litert-0123456789abcdef.tflite").mkdir()
    (tmp_path / "litert-0123456789abcdef").touch()
    (tmp_path / "litert-00000000000000ff").symlink_to(target)
    (tmp_path / ".litert-00000000000000ff.tflite").symlink_to(target)
    os.mkfifo(tmp_path / ".litert-00000000000000fe.tflite")
    for name in (".litert-mine.tflite", ".litert-0123.tflite", "litert-x", "model.tflite"):
        (tmp_path / name).touch()
    before = names(tmp_path)
    for kind in Kind:
        sweep(tmp_path, kind)
    assert names(tmp_path) == before


def test_files_of_other_users_are_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".litert-0123456789abcdef.tflite").touch()
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    sweep(tmp_path, Kind.FILE)
    assert len(names(tmp_path)) == 1
    monkeypatch.setattr(os, "geteuid", lambda: user)
    sweep(tmp_path, Kind.FILE)
    assert names(tmp_path) == []


def test_where_nothing_can_be_locked_nothing_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "no locks here")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    made = claim(tmp_path, Kind.FILE, 0o600)
    sweep(tmp_path, Kind.FILE)
    assert names(tmp_path) == [made.path.name]
    made.release()
    assert names(tmp_path) == []


def test_a_file_that_is_swept_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, calls = fcntl.flock, []

    def swept_first(descriptor: int, operation: int) -> None:
        calls.append(operation)
        if len(calls) == 1:
            sweep(tmp_path, Kind.FILE)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", swept_first)
    made = claim(tmp_path, Kind.FILE, 0o600)
    assert names(tmp_path) == [made.path.name]
    made.release()


def test_sweeping_all_the_time_takes_nothing_from_anybody(tmp_path: Path) -> None:
    ended = threading.Event()

    def sweeping() -> None:
        while not ended.is_set():
            sweep(tmp_path, Kind.FILE)

    thread = threading.Thread(target=sweeping)
    thread.start()
    try:
        for _ in range(300):
            made = claim(tmp_path, Kind.FILE, 0o600)
            assert made.path.exists()
            made.release()
    finally:
        ended.set()
        thread.join()
    assert names(tmp_path) == []


def test_a_forked_copy_removes_nothing(tmp_path: Path, temporary: Path) -> None:
    made, folder = claim(tmp_path, Kind.FILE, 0o600), ScratchFolder()

    def work() -> None:
        made.release()
        folder.close()

    with another_process(work):
        assert made.path.exists()
        assert names(temporary) == [folder.path.name]
    made.release()
    folder.close()
    assert names(tmp_path) == ["temporary"]
    assert names(temporary) == []


def test_a_folder_is_private_and_goes_with_its_last_reference(temporary: Path) -> None:
    folder = ScratchFolder()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    (folder.path / "file").touch()
    del folder
    gc.collect()
    assert names(temporary) == []


def test_the_next_file_sweeps_both_folders(tmp_path: Path, temporary: Path) -> None:
    targets = tmp_path / "targets"
    targets.mkdir()

    def work() -> None:
        for folder, kind in (
            (targets, Kind.FILE),
            (temporary, Kind.FILE),
            (temporary, Kind.FOLDER),
        ):
            claim(folder, kind, 0o700)

    with another_process(work):
        assert len(names(targets) + names(temporary)) == 3
    with pending_file(targets / "m.tflite") as pending:
        assert names(targets) == [pending.path.name]
        assert names(temporary) == []


@pytest.mark.parametrize("reason", ["missing", "a file"])
def test_without_a_folder_for_temporary_files(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    if reason == "a file":
        place.touch()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with pytest.raises(ConversionError, match="No folder for temporary files") as caught:
        ScratchFolder()
    assert caught.value.where == str(place)
    assert "TMPDIR" in caught.value.advice
    with pytest.raises(TargetError, match="temporary use") as refused, pending_file(None):
        pytest.fail("there is no place for it")
    assert "TMPDIR" in refused.value.advice
    with pending_file(tmp_path / "m.tflite") as pending:  # which needs no such folder
        assert re.fullmatch(Kind.FILE.value, pending.path.name)
