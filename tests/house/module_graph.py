"""The import graph of a package's modules, read from their syntax; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]
"""The modules that each module imports: on top, in a function, or for type checkers only."""


def source_files(root: Path) -> dict[str, Path]:
    """The source file of each module below the folder of a top-level package."""
    return {_module_name(file, root): file for file in sorted(root.rglob("*.py"))}


def import_graph(root: Path) -> Graph:
    """The imports among the modules below the folder of a top-level package.

    ``from package import name`` counts as an import of ``package.name`` where that is a module,
    and of ``package`` where it is not.
    """
    files = source_files(root)
    return {
        module: frozenset(_imported(ast.parse(file.read_text("utf-8")), files)) - {module}
        for module, file in files.items()
    }


def cycles_of(graph: Graph) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan 1972), each sorted."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_modules: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        open_modules.append(module)
        for imported in sorted(graph[module]):
            if imported not in order:
                visit(imported)
            if imported in open_modules:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == order[module]:
            at = open_modules.index(module)
            found.append(sorted(open_modules[at:]))
            del open_modules[at:]

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return [component for component in found if len(component) > 1]


def _module_name(file: Path, root: Path) -> str:
    parts = file.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                yield member if member in modules else str(node.module)
