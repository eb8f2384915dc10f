"""Remove constants from a graph that no operator uses any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from litert_ir.stablehlo.dynamic_shapes.graph_reader import indices, signature_entries

_FIELDS = ("inputs", "outputs", "intermediates")
_GRAPH_FIELDS = ("inputs", "outputs")


def prune(model: Any, graph_index: int, candidates: Iterable[int]) -> None:
    """Remove unused tensors and their data, and renumber the others.

    Args:
        model: A `ModelT`; it is changed in place.
        graph_index: The index of the graph.
        candidates: The tensors that may have lost their last use.
    """
    graph = model.subgraphs[graph_index]
    used = {index for holder, field in _holders(graph) for index in indices(getattr(holder, field))}
    dropped = set(candidates) - used
    if not dropped:
        return
    kept = [index for index in range(len(graph.tensors)) if index not in dropped]
    places = {old: new for new, old in enumerate(kept)}
    freed = {graph.tensors[index].buffer for index in dropped}
    graph.tensors = [graph.tensors[index] for index in kept]
    for holder, field in _holders(graph):
        old = indices(getattr(holder, field))
        if old:
            setattr(holder, field, np.array([places.get(index, index) for index in old], np.int32))
    for entry in signature_entries(model, graph_index):
        entry.tensorIndex = places[entry.tensorIndex]
    _empty(model, freed)


def _holders(graph: Any) -> list[tuple[Any, str]]:
    operators = [(operator, field) for operator in graph.operators or () for field in _FIELDS]
    return [*((graph, field) for field in _GRAPH_FIELDS), *operators]


def _empty(model: Any, buffers: set[int]) -> None:
    """Remove the data of buffers without tensors; their indices stay."""
    used = {tensor.buffer for graph in model.subgraphs for tensor in graph.tensors}
    used.update(entry.buffer for entry in model.metadata or ())
    for index in buffers - used:
        model.buffers[index].data = None
