from __future__ import annotations

import pytest

from litert_ir.errors import PlanError
from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.path import Path

A = Binding("a", Path("inputs", ("a",)))
B = Binding("b", Path("inputs", ("b",)))
SAME_NAME = Binding("a", Path("inputs", ("c",)))
SAME_PATH = Binding("d", Path("inputs", ("a",)))


def test_a_binding_prints_as_an_assignment() -> None:
    assert str(A) == "a = inputs['a']"


def test_the_order_of_bindings_is_part_of_an_adapter() -> None:
    assert AdapterSpec(inputs=(A, B), outputs=()) != AdapterSpec(inputs=(B, A), outputs=())


@pytest.mark.parametrize(
    ("bindings", "facet", "received"),
    [
        ((A, B, SAME_NAME), "name", "more than one a"),
        ((A, B, SAME_PATH), "path", "more than one inputs['a']"),
    ],
)
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_facet_that_is_bound_twice_is_refused(
    side: str, bindings: tuple[Binding, ...], facet: str, received: str
) -> None:
    sides = {"inputs": (), "outputs": (), side: bindings}
    with pytest.raises(PlanError, match=f"An adapter binds each {facet} once") as caught:
        AdapterSpec(**sides)
    assert (caught.value.where, caught.value.received) == (side, received)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_bindings_that_could_change_are_refused(side: str) -> None:
    sides = {"inputs": (), "outputs": (), side: [A]}
    with pytest.raises(TypeError, match=f"{side} is a tuple, received"):
        AdapterSpec(**sides)  # type: ignore[arg-type]
