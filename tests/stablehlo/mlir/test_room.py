"""MLIR's room is the only code that touches LiteRT's bindings or the text of attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import litert_ir.stablehlo

WING = Path(litert_ir.stablehlo.__file__).parent
ROOM = WING / "mlir"
BINDINGS = "litert_converter"
OUTSIDE = sorted(file for file in WING.rglob("*.py") if ROOM not in file.parents)
RAW = {"ir", "stablehlo"}
"""The modules of the bindings themselves."""
DOCUMENTATION = {"example_docstrings.py", "examples.py"}
"""Read docstrings, by regular expressions."""
INSIDE = sorted(ROOM.glob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def taken_from_bindings(tree: ast.AST) -> Iterator[str]:
    """The names that a file imports from the room's module of bindings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "litert_ir.stablehlo.mlir.bindings":
            yield from (name.name for name in node.names)


def printed_attributes(tree: ast.AST) -> list[int]:
    """The lines that make text of an operation's attributes, or of an operation."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str"
        for argument in node.args[:1]
        if "attributes" in ast.unparse(argument) or ast.unparse(argument) in ("op", "attribute")
    ]


@pytest.mark.parametrize("file", OUTSIDE, ids=lambda file: str(file.relative_to(WING)))
def test_nothing_outside_reads_text_or_imports_bindings(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = set(imported(tree))
    assert "re" not in modules or file.name in DOCUMENTATION
    assert not [module for module in modules if module.startswith(BINDINGS)]
    assert not RAW & set(taken_from_bindings(tree))
    assert printed_attributes(tree) == []


@pytest.mark.parametrize("file", INSIDE, ids=lambda file: file.name)
def test_the_room_knows_no_rewrites_and_no_regular_expressions(file: Path) -> None:
    modules = set(imported(ast.parse(file.read_text(encoding="utf-8"))))
    assert "re" not in modules
    assert not [
        module for module in modules if "litert_ir.stablehlo" in module and ".mlir" not in module
    ]


def test_text_that_is_made_of_attributes_is_seen() -> None:
    source = 'def f(op):\n    return str(op.attributes["a"]), str(op), str(op.name)\n'
    assert printed_attributes(ast.parse(source)) == [2, 2]
