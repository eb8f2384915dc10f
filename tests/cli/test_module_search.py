"""Modules and names are found without running anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from litert_ir.cli.module_search import check_importable
from litert_ir.errors import ModelSourceError

SOURCE = """
raise SystemExit("it ran")
"""

BINDINGS = """
import os.path, json as js
from collections import OrderedDict as ordered
first, (second, *rest) = 1, (2, 3)
annotated: int = 1
for loop in range(3):
    inner = loop
with open("x") as handle:
    pass
if (walrus := 1):
    def branch(): local = 1
def builder():
    global made
    made = 1
class Model:
    attribute = 1
match 1:
    case [a, *tail]: pass
    case {"k": v, **others}: pass
    case other: pass
raise SystemExit("it ran")
"""

BOUND = (
    *("os", "js", "ordered", "first", "second", "rest", "annotated", "loop", "inner", "handle"),
    *("walrus", "branch", "made", "builder", "Model", "a", "tail", "v", "others", "other"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module and a package."""
    (tmp_path / "own_models.py").write_text(BINDINGS)
    (tmp_path / "own_package").mkdir()
    (tmp_path / "own_package" / "__init__.py").write_text(SOURCE)
    (tmp_path / "own_package" / "models.py").write_text("def build(): ...\n" + SOURCE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem(module: str, name: str = "") -> str:
    """The message about a module that cannot be used; "" where there is none."""
    try:
        check_importable(module, where="--import", name=name)
    except ModelSourceError as error:
        return str(error)
    return ""


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", BOUND)
def test_whatever_the_module_binds_is_found(name: str) -> None:
    assert problem("own_models", name) == ""


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["local", "attribute", "x"])
def test_names_of_inner_scopes_are_none_of_the_module(name: str) -> None:
    assert f"own_models has no attribute {name!r}" in problem("own_models", name)


@pytest.mark.usefixtures("folder")
def test_a_near_name_is_suggested() -> None:
    assert "Did you mean 'builder'?" in problem("own_models", "buidler")
    assert "Did you mean 'own_models'?" in problem("own_modles", "builder")
    assert "Did you mean 'build'?" in problem("own_package.models", "buid")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("no_such_module", "no module named 'no_such_module'"),
        ("own_package.no_such", "no module named 'own_package.no_such'"),
        ("own_models.inner", "own_models, which is no package"),
        ("a..b", "which is no module's name"),
        ("", "which is no module's name"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_module_that_is_not_there_is_named(module: str, message: str) -> None:
    assert message in problem(module)


@pytest.mark.parametrize(
    "line",
    ["from os.path import *", "globals()['x'] = 1", "def __getattr__(name): ...", "exec('x = 1')"],
)
def test_what_only_running_tells_passes(folder: Path, line: str) -> None:
    (folder / "own_models.py").write_text(f"y = 1\n{line}\n")
    assert problem("own_models", "x") == ""


def test_source_that_is_no_python_is_named_with_its_line(folder: Path) -> None:
    (folder / "own_models.py").write_text("x = 1\nx = = 2\n")
    message = problem("own_models", "x")
    assert "is no Python" in message
    assert "line 2" in message


@pytest.mark.parametrize("content", [b"x = 1\0", b"# coding: nonsense\nx = 1", b"x = '\xff'"])
def test_a_file_that_cannot_be_read_is_left_to_the_import(folder: Path, content: bytes) -> None:
    (folder / "own_models.py").write_bytes(content)
    assert "no attribute" not in problem("own_models", "x")


def test_namespace_packages_and_installed_modules_are_found(folder: Path) -> None:
    (folder / "own_space" / "part").mkdir(parents=True)
    (folder / "own_space" / "part" / "models.py").write_text("x = 1\n")
    assert problem("own_space.part.models", "x") == ""
    assert "no attribute 'y'" in problem("own_space.part.models", "y")
    assert problem("json.decoder", "JSONDecoder") == ""
    assert problem("sys", "path") == ""
    assert problem("own_package", "models") == ""


def test_an_installed_module_that_hides_the_folders_own_is_named(folder: Path) -> None:
    (folder / "sched.py").write_text("def build(): ...")
    assert f"which hides {folder / 'sched.py'}" in problem("sched", "buidl")


@pytest.mark.parametrize("reference", ["own_models:buidler", "no_such:builder"])
def test_no_framework_is_imported_to_tell(folder: Path, reference: str) -> None:
    program = (
        "import sys; from litert_ir.cli.app import main; "
        f"code = main(['plan', {reference!r}]); "
        "sys.exit(repr((code, [n for n in ('keras', 'tensorflow', 'jax') if n in sys.modules])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )
    assert done.stderr.splitlines()[-1] == "(3, [])"
