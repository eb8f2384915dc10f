"""Partitions and their order, on graphs of a few operators."""

from __future__ import annotations

from litert_ir.inspection.contents import Operator, OperatorKind, Subgraph, Tensor
from litert_ir.inspection.delegation import placement_of
from litert_ir.inspection.operator_layers import FileLayers
from litert_ir.runtime.delegate_nodes import DelegateNode
from litert_ir.verification.tensor_scopes import FileScopes


def graph_of(*operators: tuple[tuple[int, ...], int]) -> Subgraph:
    """Operators that read some tensors, and write one."""
    count = 1 + max(output for _, output in operators)
    return Subgraph(
        index=0,
        name="main",
        tensors=tuple(
            Tensor(
                index=index,
                name="",
                shape=(1,),
                dtype="float32",
                buffer=0,
                region=None,
                scales=None,
                external=None,
            )
            for index in range(count)
        ),
        operators=tuple(
            Operator(
                index=index,
                name=f"OP{index}",
                kind=OperatorKind.BUILTIN,
                version=1,
                inputs=inputs,
                outputs=(output,),
            )
            for index, (inputs, output) in enumerate(operators)
        ),
        inputs=(0,),
        outputs=(count - 1,),
    )


def placed(graph: Subgraph, *nodes: DelegateNode) -> list[tuple[int | None, list[int]]]:
    layers = FileLayers(FileScopes(None), {(0, each.index): () for each in graph.operators}, {})
    steps = placement_of(graph, layers, nodes).steps
    return [(step.partition, [each.index for each in step.operators]) for step in steps]


def test_a_chain_is_split_by_what_is_not_delegated() -> None:
    graph = graph_of(((0,), 1), ((1,), 2), ((2,), 3), ((3,), 4))
    first, last = DelegateNode((0,), (1,)), DelegateNode((2,), (4,))
    assert placed(graph, first, last) == [(1, [0]), (None, [1]), (2, [2, 3])]


def test_partitions_are_numbered_in_the_order_in_which_they_run() -> None:
    graph = graph_of(((0,), 1), ((1,), 2), ((2,), 3))
    assert placed(graph, DelegateNode((2,), (3,)), DelegateNode((0,), (1,))) == [
        (1, [0]),
        (None, [1]),
        (2, [2]),
    ]


def test_a_partition_takes_operators_that_others_stand_between() -> None:
    graph = graph_of(((0,), 1), ((0,), 2), ((1,), 3), ((2, 3), 4))
    node = DelegateNode((0, 2), (4,))
    assert placed(graph, node) == [(None, [1]), (1, [0, 2, 3])]


def test_without_partitions_all_runs_in_order() -> None:
    graph = graph_of(((0,), 1), ((1,), 2))
    assert placed(graph) == [(None, [0, 1])]
