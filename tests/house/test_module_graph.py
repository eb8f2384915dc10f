"""Which imports the graph of modules has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.module_graph import import_graph


@pytest.mark.parametrize(
    ("statement", "imported"),
    [
        ("import house.attic", "house.attic"),
        ("import house.attic as top", "house.attic"),
        ("from house import attic", "house.attic"),
        ("from house.attic import box", "house.attic"),
        ("from house import NAME", "house"),
        ("def f():\n    from house.attic import box", "house.attic"),
        ("if TYPE_CHECKING:\n    from house.attic import box", "house.attic"),
        ("import os.path", None),
        ("text = 'import house.attic'", None),
    ],
)
def test_imports_are_read(statement: str, imported: str | None, tmp_path: Path) -> None:
    root = tmp_path / "house"
    root.mkdir()
    (root / "__init__.py").write_text("NAME = 1\n", encoding="utf-8")
    (root / "attic.py").write_text("box = 1\n", encoding="utf-8")
    (root / "cellar.py").write_text(f"{statement}\n", encoding="utf-8")
    expected = frozenset() if imported is None else {imported}
    assert import_graph(root)["house.cellar"] == expected
