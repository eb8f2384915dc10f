"""Count a file's operators, and say what calls its subgraphs."""

from __future__ import annotations

from collections import Counter

import attrs

from litert_ir.inspection.contents import FileContents, OperatorKind


@attrs.frozen(kw_only=True)
class OperatorCount:
    """The operators of one name and version in a subgraph.

    Attributes:
        name: Their name: the schema's, or that of a custom kernel.
        kind: The origin of their kernel.
        version: The version of the kernel that they need at least.
        subgraph: The number of the subgraph.
        count: Their number.
    """

    name: str
    kind: OperatorKind
    version: int
    subgraph: int
    count: int


@attrs.frozen(kw_only=True)
class SubgraphSummary:
    """A subgraph, in numbers.

    Attributes:
        index: Its number.
        name: Its name; "" where it has none.
        operators: The number of its operators.
        tensors: The number of its tensors.
        signatures: The signatures that run it; others are called by operators, as loops' bodies.
    """

    index: int
    name: str
    operators: int
    tensors: int
    signatures: tuple[str, ...]


def count_operators_of(contents: FileContents) -> tuple[OperatorCount, ...]:
    """Count the operators of each subgraph, the most frequent first."""
    counts = Counter(
        (graph.index, each.name, each.kind, each.version)
        for graph in contents.subgraphs
        for each in graph.operators
    )
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return tuple(
        OperatorCount(name=name, kind=kind, version=version, subgraph=subgraph, count=count)
        for (subgraph, name, kind, version), count in ordered
    )


def summarize_subgraphs(contents: FileContents) -> tuple[SubgraphSummary, ...]:
    """Summarize each subgraph."""
    return tuple(
        SubgraphSummary(
            index=graph.index,
            name=graph.name,
            operators=len(graph.operators),
            tensors=len(graph.tensors),
            signatures=tuple(
                each.key
                for each in contents.signatures
                if each.subgraph == graph.index and each.key is not None
            ),
        )
        for graph in contents.subgraphs
    )
