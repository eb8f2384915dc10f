"""Modules of the current folder: imported only when asked for, and behind installed ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from litert_ir.cli.environment import framework_environment
from litert_ir.cli.own_modules import hidden_by_installed, import_module
from litert_ir.errors import ModelSourceError

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module that is named as an installed package."""
    (tmp_path / "cyclopts.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_current_folder_comes_last_and_only_when_asked_for(folder: Path) -> None:
    before = list(sys.path)
    with framework_environment():
        assert sys.path == before
    with framework_environment(with_own_modules=True):
        assert sys.path == [*before, str(folder)]
    assert sys.path == before


def test_an_entry_of_the_user_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    before = list(sys.path)
    with framework_environment(with_own_modules=True):
        assert sys.path == before
    assert sys.path == before


def test_a_module_finds_its_siblings_and_installed_modules_first(folder: Path) -> None:
    (folder / "own_sibling.py").write_text("from cyclopts import App\nvalue = App.__name__")
    (folder / "own_module.py").write_text("from own_sibling import value")
    with framework_environment(with_own_modules=True):
        assert import_module("own_module", where="--import").value == "App"


def test_an_import_that_fails_says_what_is_hidden(folder: Path) -> None:
    (folder / "own_importer.py").write_text("from cyclopts import mine")
    with (
        framework_environment(with_own_modules=True),
        pytest.raises(ModelSourceError, match="'own_importer' cannot be imported") as caught,
    ):
        import_module("own_importer", where="--import")
    assert f"which hides {folder / 'cyclopts.py'}" in caught.value.received
    assert "another name" in caught.value.advice


def test_what_is_not_hidden_is_not_said_to_be(folder: Path) -> None:
    (folder / "own_alone.py").touch()
    assert hidden_by_installed("own_alone") == ""
    assert hidden_by_installed("json") == ""
    with framework_environment(with_own_modules=True):
        import_module("own_alone", where="--import")
        assert hidden_by_installed("own_alone") == ""


def test_a_function_that_an_installed_module_hides(run: Command, folder: Path) -> None:
    done = run("plan", "cyclopts:build_model")
    assert done.returncode == 3
    assert "cyclopts has no attribute 'build_model'" in done.stderr
    assert f"which hides {folder / 'cyclopts.py'}" in done.stderr
