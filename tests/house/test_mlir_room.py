"""MLIR's room is the only code that holds LiteRT's bindings or makes text of attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import litert_ir.stablehlo

WING = Path(litert_ir.stablehlo.__file__).parent
ROOM = WING / "mlir"
BINDINGS = "litert_ir.stablehlo.mlir.bindings"
RAW = {"ir", "stablehlo"}
"""The modules of the bindings themselves."""
OUTSIDE = sorted(file for file in WING.rglob("*.py") if ROOM not in file.parents)
INSIDE = sorted(ROOM.glob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The modules that a file imports from, inside functions too, and the names it takes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), name.name) for name in node.names)


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
def test_nothing_outside_holds_bindings_or_prints_attributes(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not RAW & {name for module, name in imports(tree) if module == BINDINGS}
    assert printed_attributes(tree) == []


@pytest.mark.parametrize("file", INSIDE, ids=lambda file: file.name)
def test_the_room_knows_nothing_of_the_rest_of_the_route(file: Path) -> None:
    modules = {module for module, _ in imports(ast.parse(file.read_text(encoding="utf-8")))}
    route = {module for module in modules if module.startswith("litert_ir.stablehlo")}
    assert all(module.startswith("litert_ir.stablehlo.mlir") for module in route)


def test_text_that_is_made_of_attributes_is_seen() -> None:
    source = 'def f(op):\n    return str(op.attributes["a"]), str(op), str(op.name)\n'
    assert printed_attributes(ast.parse(source)) == [2, 2]
