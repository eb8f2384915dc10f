"""A name leads to one file, which is as long as its idea."""

from __future__ import annotations

import ast
from collections import defaultdict

import pytest

from tests.house.module_graph import source_files
from tests.papers.paper import ROOT

NAMESAKES = {
    "child_steps": "the steps of a package that run in the child process",
    "dependence": "what the results of a trace depend on: one question, asked of each framework",
    "dimensions": "`testing` has Hypothesis strategies for `ir`, file by file",
    "options": "`testing` has Hypothesis strategies for `ir`, file by file",
    "stored_types": "data of the plan, and finding it in a model",
    "strategy": "one conversion strategy in each package that has one",
    "text": "what is printed for readers: a plan, a weight",
    "tracer": "a protocol, and its implementation for each framework",
}
"""File names that stand for the same thing wherever they are, and why."""

COMMANDS = ROOT / "litert_ir" / "cli" / "commands"
"""The folder of the command line's commands: a file is called as the command is."""

MOST_LINES = {"litert_ir": 340, "tests": 480}
"""By folder, docstrings left out: what they show and explain makes no file harder to read."""


def lines_of_code(source: str) -> int:
    """The lines of a module outside of its docstrings."""
    texts = (
        statement
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )
    in_texts = sum((text.end_lineno or text.lineno) - text.lineno + 1 for text in texts)
    return len(source.splitlines()) - in_texts


def test_files_with_one_name_mean_one_thing() -> None:
    places = defaultdict(list)
    for module, file in source_files(ROOT / "litert_ir").items():
        if file.stem not in ("__init__", "__main__") and file.parent != COMMANDS:
            places[file.stem].append(module)
    shared = {name: modules for name, modules in places.items() if len(modules) > 1}
    unexplained = {name: modules for name, modules in shared.items() if name not in NAMESAKES}
    assert not unexplained, "rename all but one by what tells it from the others"
    assert set(NAMESAKES) <= set(shared), "take names out of the table that are unique now"


@pytest.mark.parametrize("folder", MOST_LINES)
def test_files_fit_a_reader(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    lengths = {str(path): lines_of_code(path.read_text("utf-8")) for path in files}
    long = {path: count for path, count in lengths.items() if count > MOST_LINES[folder]}
    assert lengths
    assert not long, "split these by idea"


def test_lines_of_code_are_counted() -> None:
    source = '"""A module.\n\nOf a function.\n"""\n\ndef f():\n    """Give one."""\n    return 1\n'
    assert lines_of_code(source) == 3
