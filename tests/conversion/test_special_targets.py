"""Targets that are no plain files of the current folder: links, pipes, odd names, other folders."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.conversion.target import pending_file
from litert_ir.conversion.target_checks import check_target
from litert_ir.errors import FilepathError, TargetError
from tests.conversion.exports import exported, model
from tests.conversion.stubs import Stub, returning


@pytest.fixture(scope="module")
def content() -> bytes:
    return exported("single").content


def export(content: bytes, path: Any, **options: Any) -> lir.ExportResult:
    return lir.export(model("single"), path, strategies=(returning(content),), **options)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def committed(path: Path) -> None:
    with pending_file(check_target(path)) as pending:
        pending.write(b"new")
        pending.commit()


def test_the_file_behind_a_link_is_replaced_and_the_link_stays(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "versions").mkdir()
    file, link = tmp_path / "versions" / "1.tflite", tmp_path / "latest.tflite"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to("versions/1.tflite")
    result = export(content, link)
    assert result.path == link
    assert link.readlink() == Path("versions/1.tflite")
    assert file.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert names(tmp_path) == ["latest.tflite", "versions"]
    assert names(tmp_path / "versions") == ["1.tflite"]


def test_links_to_links_in_other_folders(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "file.bin").write_bytes(b"old")
    (tmp_path / "a" / "second").symlink_to("../b/file.bin")
    (tmp_path / "first.tflite").symlink_to("a/second")
    committed(tmp_path / "first.tflite")
    assert (tmp_path / "b" / "file.bin").read_bytes() == b"new"
    assert (tmp_path / "first.tflite").is_symlink()
    assert (tmp_path / "a" / "second").is_symlink()


def test_what_a_dangling_link_points_to_is_made(tmp_path: Path) -> None:
    link = tmp_path / "latest.tflite"
    link.symlink_to("new.tflite")
    committed(link)
    assert link.is_symlink()
    assert (tmp_path / "new.tflite").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("points_to", "message"),
    [
        ("missing/model.tflite", "folder does not exist"),
        ("latest.tflite", "points back to itself"),
        (".", "target is a folder"),
        (os.devnull, "target is a device"),
    ],
)
def test_links_that_lead_to_no_file_are_refused_first(
    points_to: str, message: str, tmp_path: Path
) -> None:
    link = tmp_path / "latest.tflite"
    link.symlink_to(points_to)
    with pytest.raises(TargetError, match=message):
        lir.export(object(), link)
    assert link.readlink() == Path(points_to)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(path))


@pytest.mark.parametrize(("kind", "make"), [("named pipe", os.mkfifo), ("socket", _socket)])
def test_pipes_and_sockets_are_refused_first(
    kind: str, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    make(Path("model.tflite"))
    before = os.lstat("model.tflite")
    with pytest.raises(TargetError, match=f"target is a {kind}") as caught:
        lir.export(object(), "model.tflite")
    assert "litert_ir.execute without a filepath" in caught.value.advice
    assert os.path.samestat(before, os.lstat("model.tflite"))


@pytest.mark.parametrize("name", ["/dev/null", "/dev/full"])
def test_devices_are_refused_as_such_and_not_for_their_names(name: str) -> None:
    with pytest.raises(TargetError, match="target is a device") as caught:
        check_target(name)
    assert caught.value.advice


def test_a_pipe_in_the_place_of_stdout_is_refused_as_such() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(TargetError, match="target is a named pipe"):
            check_target(f"/dev/fd/{writing}")
    finally:
        os.close(reading)
        os.close(writing)


def test_a_pipe_that_comes_in_between_is_not_replaced(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"

    def act() -> bytes:
        os.mkfifo(path)
        return content

    with pytest.raises(TargetError, match="named pipe"):
        lir.export(model("single"), path, strategies=(Stub("late", act),))
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert names(tmp_path) == ["model.tflite"]


def test_a_read_only_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.tflite"
    path.touch()
    may = os.access  # root may write to any file, so that the system's answer is made up
    monkeypatch.setattr(os, "access", lambda p, mode: p != path and may(p, mode))
    with pytest.raises(TargetError, match="read-only") as caught:
        lir.export(object(), path)
    assert caught.value.where == str(path)


def test_a_file_of_another_user_in_a_common_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.tflite"
    path.touch()
    tmp_path.chmod(0o1777)
    assert check_target(path) == path
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.raises(TargetError, match="read-only"):
        check_target(path)
    tmp_path.chmod(0o777)
    assert check_target(path) == path


def test_a_relative_target_stays_where_it_was_asked_for(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, elsewhere = tmp_path / "asked", tmp_path / "elsewhere"
    asked.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(asked)
    result = export(content, "model.tflite", on_progress=lambda _: os.chdir(elsewhere))
    assert result.path == asked / "model.tflite"
    assert names(asked) == ["model.tflite"]
    assert names(elsewhere) == []


def test_a_relative_target_in_a_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(TargetError, match="current folder"):
        check_target("model.tflite")


@pytest.mark.parametrize("end", ["/", "/.", "//"])
def test_a_name_that_stands_for_a_folder_is_refused(end: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="target is a folder"):
        check_target(f"{tmp_path}/model.tflite{end}")


def test_names_of_temporary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="temporary"):
        check_target(tmp_path / ".litert-0123456789abcdef.tflite")


@pytest.mark.parametrize("long", ["folder", "link"])
def test_folders_that_cannot_be_are_refused(long: str, tmp_path: Path) -> None:
    path = tmp_path / ("n" * 300) / "model.tflite"
    if long == "link":
        (tmp_path / "link.tflite").symlink_to(path)
        path = tmp_path / "link.tflite"
    with pytest.raises(TargetError, match="folder cannot be used") as caught:
        check_target(path)
    assert caught.value.received == "File name too long"


@pytest.mark.parametrize("name", ["a\ud800.tflite", "a\ud800/m.tflite", "a\0/m.tflite"])
def test_names_without_bytes_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="cannot be used"):
        check_target(tmp_path / name)


def test_any_bytes_may_be_in_a_name(content: bytes, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff\n folder")
    folder.mkdir()
    result = export(content, folder / os.fsdecode(b"\xfe\n.tflite"))
    assert names(folder) == ["\udcfe\n.tflite"]
    assert result.path is not None
    assert len(lir.LiteRTFile(result.path).inputs) == 1


def test_errors_put_odd_names_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        check_target(tmp_path / "no\nfolder" / "m.tflite")
    assert "\\n" in caught.value.where
    assert "\n" not in caught.value.where


def test_bytes_are_no_path() -> None:
    class OfBytes:
        def __fspath__(self) -> bytes:
            return b"model.pb"

    with pytest.raises(FilepathError, match="must end with"):
        check_target(OfBytes())  # type: ignore[arg-type]  # that is the fault


def test_nobody_else_may_read_what_will_be_private(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.touch()
    path.chmod(0o600)
    with pending_file(path) as pending:
        assert stat.S_IMODE(pending.path.stat().st_mode) == 0o600
        pending.write(b"new")
        path.unlink()
        pending.commit()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_umask_of_the_process_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is set for a moment would be that of all threads."""
    before = os.umask(0o026)
    try:
        monkeypatch.setattr(os, "umask", lambda _: pytest.fail("it is everybody's"))
        committed(tmp_path / "model.tflite")
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "model.tflite").stat().st_mode) == 0o640


def test_all_relative_paths_of_a_quantized_file_stay_where_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, elsewhere = tmp_path / "asked", tmp_path / "elsewhere"
    asked.mkdir()
    elsewhere.mkdir()
    float_file = exported("single")
    (asked / "float.tflite").write_bytes(float_file.content)
    width = float_file.plan.inputs[0].sizes[1]
    np.save(asked / "samples.npy", np.ones((8, width or 1), np.float32))
    monkeypatch.chdir(asked)
    result = lir.quantize_file(
        "float.tflite",
        "small.tflite",
        quantization="int8",
        calibration=lir.samples_from("samples.npy"),
        on_progress=lambda _: os.chdir(elsewhere),
        verify=lir.Verification(tolerance=lir.Tolerance(variation=9, scale=9, absolute=9, flips=1)),
    )
    assert (result.source, result.path) == (asked / "float.tflite", asked / "small.tflite")
    assert names(asked) == ["float.tflite", "samples.npy", "small.tflite"]
    assert names(elsewhere) == []
