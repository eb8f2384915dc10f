"""Tensors get names of their own."""

from __future__ import annotations

from types import SimpleNamespace

from litert_ir.quantization.tensor_names import make_unique


def model(*graphs: list[bytes | None]) -> SimpleNamespace:
    return SimpleNamespace(
        subgraphs=[
            SimpleNamespace(tensors=[SimpleNamespace(name=name) for name in names])
            for names in graphs
        ]
    )


def names(model: SimpleNamespace) -> list[list[bytes]]:
    return [[tensor.name for tensor in graph.tensors] for graph in model.subgraphs]


def test_the_first_of_a_name_keeps_it() -> None:
    found = model([b"sizes", b"x", b"sizes"], [b"sizes", None])
    assert make_unique(found)
    assert names(found) == [[b"sizes", b"x", b"sizes_1"], [b"sizes_2", b"tensor"]]


def test_numbered_names_that_others_have_are_passed_over() -> None:
    found = model([b"a", b"a_1", b"a"])
    assert make_unique(found)
    assert names(found) == [[b"a", b"a_1", b"a_2"]]


def test_nothing_changes_where_all_differ() -> None:
    assert not make_unique(model([b"a", b"b"], [b"c"]))
