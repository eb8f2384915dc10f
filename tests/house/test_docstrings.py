"""Docstrings open with an imperative or a noun phrase, not with a question word."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import litert_ir

ROOT = Path(litert_ir.__file__).parent
READ_ALOUD = (
    "aot",
    "cli",
    "errors",
    "hub",
    "isolation",
    "lowering",
    "quantization",
    "runtime",
    "samples",
    "scratch",
    "verification",
    "visitors",
)
QUESTION_WORDS = frozenset({"How", "What", "Where", "Whether", "Which", "Who", "Whose", "Why"})


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each docstring, those of attributes included."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield statement.lineno, text


def questions(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the first line of each docstring that opens with a question word."""
    for line, text in docstrings(ast.parse(source)):
        if text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0] in QUESTION_WORDS:
            yield line, text.splitlines()[0]


@pytest.mark.parametrize("package", READ_ALOUD)
def test_docstrings_open_with_an_imperative_or_a_noun_phrase(package: str) -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, text in questions(path.read_text(encoding="utf-8"))
    ]

    assert not offenders, "\n".join(offenders)


def test_docstrings_of_every_kind_are_read() -> None:
    source = '"""What a module is."""\nX = 1\n"""How many."""\n\n\nclass A:\n    """Whatever."""\n'
    method = '\n    def f(self) -> int:\n        """Whether it is."""\n'

    assert [line for line, _ in questions(source + method)] == [1, 3, 10]
