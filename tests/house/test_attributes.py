"""Attributes of MLIR are read by the bindings: nothing in `stablehlo` takes their text apart."""

from __future__ import annotations

import ast

from tests.house.module_graph import source_files
from tests.papers.paper import ROOT

READERS = {
    "litert_ir.stablehlo.rewrites.engine.example_docstrings": "writes examples, wrapped",
    "litert_ir.stablehlo.rewrites.engine.examples": "finds examples in docstrings",
}
"""Modules of `stablehlo` that may use regular expressions, and what for."""


def uses_expressions(source: str) -> bool:
    """Whether a module imports `re`."""
    nodes = list(ast.walk(ast.parse(source)))
    return any(
        (isinstance(node, ast.Import) and "re" in [alias.name for alias in node.names])
        or (isinstance(node, ast.ImportFrom) and node.module == "re")
        for node in nodes
    )


def test_no_attribute_is_read_by_a_regular_expression() -> None:
    files = source_files(ROOT / "litert_ir/stablehlo")
    users = {
        f"litert_ir.{module}"
        for module, file in files.items()
        if uses_expressions(file.read_text("utf-8"))
    }
    assert len(files) > len(READERS)
    assert users == set(READERS), "read attributes by litert_ir.stablehlo.mlir"


def test_a_planted_use_is_found() -> None:
    assert uses_expressions("def f():\n    import re\n")
    assert uses_expressions("from re import match\n")
    assert not uses_expressions("import regex, os\n")
