"""Names that the system refuses are errors of litert_ir's, of every path that a user gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

import litert_ir as lir
from litert_ir.cli.model_source import parse_source
from litert_ir.cli.preset_source import parse_preset
from litert_ir.errors import (
    FileRejectedError,
    LiteRTIRError,
    ModelSourceError,
    SamplesError,
    TargetError,
)
from litert_ir.verification.error_plot import check_plot_target


class Hostile:
    def __fspath__(self) -> NoReturn:
        raise KeyError("no")


def loop(folder: Path) -> Path:
    path = folder / "loop.npz"
    path.symlink_to(path)
    return path


USES: Mapping[str, tuple[Callable[[Any], object], type[LiteRTIRError], str]] = {
    "samples": (lir.samples_from, SamplesError, ".npz"),
    "file": (lir.LiteRTFile, FileRejectedError, ".tflite"),
    "source": (
        lambda path: lir.quantize_file(path, "q.tflite", quantization="dynamic"),
        ModelSourceError,
        ".tflite",
    ),
    "picture": (check_plot_target, TargetError, ".png"),
    "model": (lambda path: parse_source(str(path)), ModelSourceError, ".keras"),
    "preset": (lambda path: parse_preset(str(path)), ModelSourceError, ""),
}


@pytest.mark.parametrize("use", USES)
def test_a_name_that_is_too_long(use: str) -> None:
    function, error, extension = USES[use]
    with pytest.raises(error) as caught:
        function("x" * 300 + extension)
    assert "File name too long" in caught.value.received


@pytest.mark.parametrize("use", USES)
def test_a_name_with_a_nul(use: str, tmp_path: Path) -> None:
    function, error, extension = USES[use]
    with pytest.raises(error) as caught:
        function(str(tmp_path / "a\0") + extension)
    assert "null" in caught.value.received


@pytest.mark.parametrize("use", [use for use in USES if use not in ("model", "preset")])
@pytest.mark.parametrize("given", [None, 5, ["a"], Hostile(), object])
def test_what_is_no_path(use: str, given: object) -> None:
    function, error, _ = USES[use]
    with pytest.raises(error):
        function(given)


@pytest.mark.parametrize("use", ["samples", "file", "source", "model"])
def test_links_that_lead_back_to_themselves(use: str, tmp_path: Path) -> None:
    function, error, _ = USES[use]
    with pytest.raises(error) as caught:
        function(loop(tmp_path))
    assert "symbolic links" in caught.value.received


@pytest.mark.parametrize("use", ["samples", "source", "model"])
def test_a_file_in_place_of_a_folder_holds_nothing(use: str, tmp_path: Path) -> None:
    function, error, extension = USES[use]
    (tmp_path / "file").touch()
    with pytest.raises(error, match=r"There (are|is) no"):
        function(tmp_path / "file" / f"a{extension}")


def test_a_file_that_is_not_there_stays_the_builtin_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lir.LiteRTFile(tmp_path / "none.tflite")
    with pytest.raises(FileRejectedError, match="a folder"):
        lir.LiteRTFile(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may search any folder")
def test_a_folder_that_may_not_be_searched(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(0)
    with pytest.raises(SamplesError, match="Permission denied"):
        lir.samples_from(folder / "a.npz")
