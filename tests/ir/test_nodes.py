from __future__ import annotations

from collections.abc import Callable

import pytest

from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.tensor import DType, TensorSpec

X = TensorSpec(name="x", shape=(1,), dtype=DType.FLOAT32)


def test_containers_of_another_kind_differ() -> None:
    nodes: set[SignatureNode] = {
        X,
        Absent(),
        ListNode((X,)),
        TupleNode((X,)),
        MappingNode((("0", X),)),
    }
    assert len(nodes) == 5


def test_the_order_of_entries_is_part_of_a_mapping() -> None:
    entries = (("a", X), ("b", Absent()))
    assert MappingNode(entries) != MappingNode(entries[::-1])


def test_equal_keys_are_refused() -> None:
    with pytest.raises(ValueError, match=r"keys of a mapping are distinct, received \['a', 'a'\]"):
        MappingNode((("a", X), ("a", X)))


def test_keys_that_are_no_strings_are_refused() -> None:
    with pytest.raises(TypeError, match=r"keys of a mapping are non-empty strings, received \[0\]"):
        MappingNode(((0, X),))  # type: ignore[arg-type]


@pytest.mark.parametrize("container", [ListNode, TupleNode, MappingNode])
def test_children_that_could_change_are_refused(container: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="tuple"):
        container([])


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(TypeError, match=r"non-empty strings, received \[''\]"):
        MappingNode((("", Absent()),))
