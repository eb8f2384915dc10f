"""The target file: what is checked before the work, and what stands there after it."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.conversion.target import pending_file
from litert_ir.conversion.target_checks import check_target
from litert_ir.errors import FilepathError, TargetError
from tests.conversion.exports import exported, model
from tests.conversion.stubs import Pieces, Stub, returning


@pytest.fixture(scope="module")
def content() -> bytes:
    return exported("single").content


@pytest.fixture
def umask() -> Iterator[int]:
    """A umask other than the usual one, for the duration of a test."""
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def export(content: bytes, path: Any) -> lir.ExportResult:
    return lir.export(model("single"), path, strategies=(returning(content),))


@pytest.mark.parametrize(
    "name", ["model.pb", "model", "model.TFLITE", "model.tflite.txt", ".tflite", "", ".."]
)
@pytest.mark.parametrize("builtin", [ValueError, AssertionError, FilepathError])
def test_another_extension_is_refused_first(name: str, builtin: type[Exception]) -> None:
    not_even_a_model = object()
    with pytest.raises(builtin, match=r"must end with '.tflite'") as caught:
        lir.export(not_even_a_model, name)
    assert isinstance(caught.value, FilepathError)
    assert caught.value.where == "filepath"
    assert ".tflite" in caught.value.expected


def test_the_refusal_names_the_file_that_was_probably_meant() -> None:
    with pytest.raises(FilepathError) as caught:
        check_target("folder/model.pb")
    assert caught.value.expected == "a name such as 'model.tflite'"
    assert caught.value.received == "'folder/model.pb'"


def test_a_missing_folder_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="folder does not exist") as caught:
        lir.export(object(), tmp_path / "none" / "model.tflite")
    assert isinstance(caught.value, OSError)
    assert caught.value.where == str(tmp_path / "none" / "model.tflite")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused_first(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TargetError, match="folder does not exist"):
        lir.export(object(), tmp_path / "file" / "model.tflite")


def test_a_folder_in_place_of_the_target_is_refused_first(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").mkdir()
    with pytest.raises(TargetError, match="target is a folder"):
        lir.export(object(), tmp_path / "model.tflite")


def test_a_folder_that_the_system_calls_read_only_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def access(path: Any, mode: int) -> bool:
        asked.append((path, mode))
        return False

    monkeypatch.setattr(os, "access", access)
    with pytest.raises(TargetError, match="not writable") as caught:
        lir.export(object(), tmp_path / "model.tflite")
    assert caught.value.where == str(tmp_path)
    assert asked == [(tmp_path, os.W_OK | os.X_OK)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into read-only folders")
def test_a_read_only_folder_is_refused_first(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(TargetError, match="not writable"):
        lir.export(object(), tmp_path / "model.tflite")


class _OwnPath:
    """Some other library's path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("kind", [str, Path, _OwnPath])
def test_any_kind_of_path_is_accepted(kind: Any, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    result = export(content, kind(path))
    assert result.path == path
    assert path.read_bytes() == content


def test_a_relative_path_is_accepted(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export(content, "model.tflite")
    assert [p.name for p in tmp_path.iterdir()] == ["model.tflite"]


def test_a_new_file_has_the_mode_that_the_umask_gives(
    content: bytes, tmp_path: Path, umask: int
) -> None:
    export(content, tmp_path / "model.tflite")
    assert (tmp_path / "model.tflite").stat().st_mode & 0o777 == 0o666 & ~umask
    assert os.umask(umask) == umask


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o440, 0o755])
def test_a_replaced_file_keeps_its_mode(mode: int, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.touch()
    path.chmod(mode)
    export(content, path)
    assert path.stat().st_mode & 0o777 == mode
    assert path.read_bytes() == content


def test_the_old_file_stands_until_the_new_one_is_accepted(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    seen: list[tuple[bytes, list[str]]] = []

    def look(_phase: str) -> None:
        seen.append((path.read_bytes(), sorted(p.suffix for p in tmp_path.iterdir())))

    lir.export(model("single"), path, strategies=(returning(content),), on_progress=look)
    assert seen == [
        (b"old", [".tflite"]),  # planning
        (b"old", [".tflite", ".tflite"]),  # running the model
        (b"old", [".tflite", ".tflite"]),  # converting
        (b"old", [".tflite", ".tflite"]),  # comparing
    ]
    assert path.read_bytes() == content


@contextlib.contextmanager
def small_disk() -> Iterator[None]:
    """No file may grow beyond 512 bytes: writes then fail as on a full disk.

    Nothing else may be written meanwhile, pytest's own output to a file included.
    """
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("made", [bytes, Pieces])
def test_a_full_disk(made: Callable[[bytes], Any], content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    following = returning(content, "following")
    with pytest.raises(TargetError, match="cannot be written") as caught, small_disk():
        lir.export(model("single"), path, strategies=(returning(made(content)), following))
    assert caught.value.where == str(path)
    assert caught.value.expected == f"room for {len(content):,} bytes"
    assert "File too large" in caught.value.received
    assert isinstance(caught.value.__cause__, OSError)
    assert following.calls == 0
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_longest_name_that_the_file_system_takes(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / ("n" * (255 - len(".tflite")) + ".tflite")
    path.touch()
    export(content, path)
    assert path.read_bytes() == content


def test_a_folder_that_is_gone_by_the_time_of_writing(tmp_path: Path) -> None:
    target = tmp_path / "gone" / "model.tflite"
    with pytest.raises(TargetError, match="No file can be created") as caught, pending_file(target):
        pytest.fail("nothing can be pending in a folder that does not exist")
    assert caught.value.where == str(target.parent)
    assert "FileNotFoundError" in caught.value.received


def test_a_target_that_cannot_be_replaced(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"

    def act() -> bytes:
        path.mkdir()
        return content

    with pytest.raises(TargetError):
        lir.export(model("single"), path, strategies=(Stub("late", act),))


def test_a_pending_file_that_is_not_committed_is_gone(tmp_path: Path) -> None:
    with pending_file(tmp_path / "model.tflite") as pending:
        pending.write(b"content")
        assert pending.path.parent == tmp_path
        assert pending.path.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("filepath", [None, 3, b"model.tflite"])
def test_what_is_no_path_is_refused(filepath: Any) -> None:
    with pytest.raises(FilepathError, match=r"not a path; it must end with '\.tflite'") as caught:
        check_target(filepath)
    assert caught.value.received == repr(filepath)


def test_names_that_no_file_can_have_are_refused(tmp_path: Path) -> None:
    for name in ("a\0b.tflite", "n" * 300 + ".tflite"):
        with pytest.raises(TargetError, match="name cannot be used") as caught:
            check_target(tmp_path / name)
        assert caught.value.where == repr(str(tmp_path / name))
