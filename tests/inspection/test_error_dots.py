"""Pictures of layers' errors: dots in the order of the network, on a logarithmic axis."""

from __future__ import annotations

import itertools
import math
import xml.etree.ElementTree as ET

import pytest

from litert_ir.inspection.page.error_dots import error_dots
from litert_ir.verification.plotted_layers import PlottedErrors, PlottedLayer


def drawn(*layers: PlottedLayer, width: int = 1000) -> list[ET.Element]:
    errors = PlottedErrors(layers=layers, series=("added", "all"), title="Errors", unit="share")
    svg = ET.fromstring(error_dots(errors, width))
    return [each for each in svg if each.get("class", "").startswith("layer")]


def places(row: ET.Element) -> list[float]:
    return [float(dot.attrib["cx"]) for dot in row.iter("circle")]


def layer(label: str, *values: float, departs: bool = False) -> PlottedLayer:
    return PlottedLayer(label=label, values=values, departs=departs)


def test_rows_are_in_the_order_of_the_network() -> None:
    rows = drawn(layer("first", 0.1, 0.1), layer("second", 0.001, 0.1))
    assert [row.find("text").text for row in rows] == ["first", "second"]  # type: ignore[union-attr]  # each has one


def test_a_decade_is_as_wide_everywhere() -> None:
    rows = drawn(*(layer(f"l{n}", 10.0**-n, 0) for n in range(4)))
    at = [places(row)[0] for row in rows]
    gaps = [one - other for one, other in itertools.pairwise(at)]
    assert gaps == pytest.approx([gaps[0]] * 3, abs=0.11)
    assert gaps[0] > 0


def test_nothing_has_no_dot_and_infinity_stands_at_the_end() -> None:
    none, finite, infinite = drawn(
        layer("a", 0.0, 0.0), layer("b", 0.1, 0.1), layer("c", math.inf, math.inf)
    )
    assert places(none) == []
    assert len(places(finite)) == 2
    assert min(places(infinite)) >= max(places(finite))
    assert max(places(infinite)) <= 1000


def test_layers_that_depart_are_marked() -> None:
    rows = drawn(layer("a", 0.1, 0.1), layer("b", 0.5, 0.6, departs=True))
    assert ["departs" in row.attrib["class"] for row in rows] == [False, True]


def test_labels_leave_out_what_all_have_in_common() -> None:
    rows = drawn(layer("net/block_1/key", 0.1, 0), layer("net/block_2/key", 0.1, 0))
    assert [row.find("text").text for row in rows] == ["block_1/key", "block_2/key"]  # type: ignore[union-attr]  # each has one
    narrow = drawn(layer("net/block_1/key", 0.1, 0), layer("net/block_2/key", 0.1, 0), width=200)
    assert [row.find("text").text for row in narrow] == ["…/key", "…/key"]  # type: ignore[union-attr]  # each has one
