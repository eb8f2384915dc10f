"""Imports go down: from a room to itself and to floors below, and never in a circle.

The floors are those of `tests.house.floors`. Imports in functions and for type checkers count:
a reader follows them like others.
"""

from __future__ import annotations

import pytest

from tests.house.floors import HOUSE, Floor, House
from tests.house.module_graph import Graph, cycles_of, import_graph
from tests.papers.paper import ROOT

SELF_PRINTING = {
    f"litert_ir.ir.{name}" for name in ("format_1", "format_2", "json", "plan", "text")
}
"""A plan's own methods print it and write it as JSON (`str(plan)`, `to_json`): the one circle."""

SMALL = House((Floor("data", ("data",)), Floor("work", ("work", "play.{ball, toy}", "play"))))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return import_graph(ROOT / "litert_ir")


def test_every_module_has_a_room_and_every_room_a_module(graph: Graph) -> None:
    assert HOUSE.homeless(graph) == [], "add it to a floor of tests/house/floors.py"
    assert HOUSE.empty_rooms(graph) == [], "take it out of tests/house/floors.py"


def test_imports_go_down(graph: Graph) -> None:
    climbs = list(HOUSE.climbs(graph))
    assert not climbs, "\n".join(climbs)


def test_no_modules_import_each_other(graph: Graph) -> None:
    cycles = [cycle for cycle in cycles_of(graph) if not SELF_PRINTING.issuperset(cycle)]
    assert not cycles, "move what they share to a module of its own:\n" + "\n".join(
        " <-> ".join(cycle) for cycle in cycles
    )


def test_nearly_all_modules_are_connected(graph: Graph) -> None:
    """The graph is read: most modules import one at least, and are imported."""
    imported = frozenset().union(*graph.values())
    code = [module for module, imports in graph.items() if imports]
    assert len(code) > len(graph) * 2 / 3
    assert len(imported) > len(graph) * 2 / 3


@pytest.mark.parametrize(
    ("module", "imported", "allowed"),
    [
        ("work.a", "data.b", True),
        ("work.a", "work.b.c", True),
        ("play.ball", "play.toy", True),
        ("data.a", "work.b", False),
        ("work.a", "play.b", False),
        ("play.b", "play.ball", False),
        ("play.ball", "play.b", False),
    ],
)
def test_a_planted_climb_is_told(module: str, imported: str, *, allowed: bool) -> None:
    planted = {module: frozenset({imported}), imported: frozenset[str]()}
    climbs = list(SMALL.climbs(planted))
    assert len(climbs) == (not allowed)
    for climb in climbs:
        assert module in climb
        assert imported in climb
        assert "move what is shared" in climb


def test_a_planted_cycle_is_told() -> None:
    planted: Graph = {
        "a": frozenset({"b"}),
        "b": frozenset({"c", "d"}),
        "c": frozenset({"a"}),
        "d": frozenset(),
        "e": frozenset({"a"}),
    }
    assert cycles_of(planted) == [["a", "b", "c"]]


def test_a_module_without_a_room_is_told() -> None:
    planted: Graph = {"data": frozenset(), "database": frozenset()}
    assert SMALL.homeless(planted) == ["database"]
    assert SMALL.empty_rooms(planted) == ["work", "play.{ball, toy}", "play"]
