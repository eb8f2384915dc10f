"""Docstrings open with an imperative or a noun phrase."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.papers.paper import ROOT

FOLDERS = ("benchmarks", "litert_ir")
"""Folders whose docstrings are held to it."""

QUESTION = re.compile(r"(What|Whether|Where|How|Who|Whose|Which|Why|When|Those)\b")
"""An opening that makes the reader wait for the verb."""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and the text of each docstring of a module, attributes' ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            candidates = node.body
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            candidates = node.body[:1]
        else:
            continue
        for statement in candidates:
            match statement:
                case ast.Expr(ast.Constant(str(text))):
                    yield statement.lineno, text
                case _:
                    pass


def questions(path: Path) -> list[str]:
    """The docstrings of a file that open with a question word, with their places."""
    found = docstrings(ast.parse(path.read_text("utf-8")))
    name = path.relative_to(ROOT)
    return [f"{name}:{line}: {text[:60]}" for line, text in found if QUESTION.match(text)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_open_with_an_imperative_or_a_noun_phrase(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    assert not [line for file in files for line in questions(file)]


def test_questions_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "module.py"
    file.write_text('"""What it is."""\nSIZE = 1\n"""How large."""\n')
    assert questions(file) == ["module.py:1: What it is.", "module.py:3: How large."]
