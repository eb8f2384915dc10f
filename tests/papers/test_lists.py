"""What the papers list is what there is: names, strategies, recipes, exit codes, plans' parts."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import litert_ir as lir
from litert_ir.isolation.worker import shared_worker
from tests.papers import in_child
from tests.papers.paper import PAPERS, ROOT, name_of

NAME = re.compile(r"\blir\.(\w+(?:\.\w+)*)")
CODE = re.compile(r"`([^`]+)`")


def rows_below(paper: str, heading: str) -> Iterator[list[str]]:
    """The cells of the first table that has such a heading, without the headings."""
    lines = iter((ROOT / paper).read_text(encoding="utf-8").splitlines())
    assert any(line.startswith(f"| {heading} |") for line in lines), heading
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_public_names_exist(paper: Path) -> None:
    for name in NAME.findall(paper.read_text(encoding="utf-8")):
        operator.attrgetter(name)(lir)


def test_strategies_are_those_of_the_defaults() -> None:
    rows = list(rows_below("litert_ir/conversion/README.md", "strategy"))
    names = [f"`{strategy.name}`" for strategy in lir.DEFAULT_STRATEGIES]
    classes = [f"`lir.{type(strategy).__name__}`" for strategy in lir.DEFAULT_STRATEGIES]
    assert [(row[0], row[-1]) for row in rows] == list(zip(names, classes, strict=True))


def test_recipes_are_those_that_have_names() -> None:
    rows = rows_below("litert_ir/quantization/README.md", "recipe")
    recipes = [f"`{name}`" for name in lir.PRECISION_NAMES if name != "float"]
    assert [row[0] for row in rows] == recipes


def test_parts_of_a_plan_are_its_fields() -> None:
    rows = rows_below("litert_ir/ir/README.md", "part")
    listed = [name for row in rows for name in CODE.findall(row[0])]
    assert listed == [field.name for field in attrs.fields(lir.ExportPlan)]


def test_what_patterns_use_is_there() -> None:
    paper = "litert_ir/stablehlo/README.md"
    used = list(rows_below(paper, "to"))
    values = tuple(CODE.findall(used[0][1]))
    text = (ROOT / paper).read_text(encoding="utf-8")
    rewriter = tuple(re.findall(r"rewriter\.(\w+)", text))
    assert "producer" in values
    assert "op" in rewriter
    assert shared_worker().call(in_child.missing_of, rewriter, values) == ()
    assert shared_worker().call(in_child.missing_of, ("no_name",), values) == ("no_name",)
