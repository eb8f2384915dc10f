"""Attribute a file's operators and data to the Keras layers that they stem from, by names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import attrs

from litert_ir.inspection.contents import FileContents, Operator, Subgraph, Tensor
from litert_ir.verification.tensor_scopes import FileScopes


@attrs.frozen
class FileLayers:
    """The layers of a file's operators and constants.

    Names of tensors begin with the path of their layer in files that were traced from Keras; see
    `FileScopes`. An operator whose names have no path belongs to the layer that feeds it.

    Attributes:
        scopes: The finder of paths in names.
        of_operator: By subgraph and operator, the paths of its layers, that of its weights first.
        users: By subgraph and tensor, the operators that read it.
    """

    scopes: FileScopes
    of_operator: Mapping[tuple[int, int], tuple[str, ...]] = attrs.field(repr=False)
    users: Mapping[tuple[int, int], tuple[int, ...]] = attrs.field(repr=False)

    @classmethod
    def of(cls, contents: FileContents) -> FileLayers:
        """Find the layers of a file."""
        scopes = FileScopes.of(_result_names(contents.subgraphs))
        of_operator: dict[tuple[int, int], tuple[str, ...]] = {}
        users: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for graph in contents.subgraphs:
            for place, layers in _of_operators(scopes, graph):
                of_operator[graph.index, place] = layers
            for operator in graph.operators:
                for index in operator.inputs:
                    users[graph.index, index].append(operator.index)
        return cls(scopes, of_operator, {key: tuple(found) for key, found in users.items()})

    def label(self, graph: int, operator: int) -> str:
        """Join the layers of an operator by `` + ``; "" where they are unknown."""
        return " + ".join(self.of_operator[graph, operator])

    def owners(self, graph: int, tensor: Tensor) -> tuple[str, ...]:
        """Return the layers that a constant belongs to: by its own name, else its users'."""
        own = tuple(dict.fromkeys(self.scopes.layers_of(tensor.name)))[:1]
        if own:
            return own
        users = self.users.get((graph, tensor.index), ())
        first = (self.of_operator[graph, user][:1] for user in users)
        return tuple(dict.fromkeys(layer for layers in first for layer in layers))


def _result_names(graphs: Iterable[Subgraph]) -> Iterator[str]:
    for graph in graphs:
        for operator in graph.operators:
            yield from (graph.tensors[index].name for index in operator.outputs)


def _of_operators(scopes: FileScopes, graph: Subgraph) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the layers of each operator, in the order in which they run."""
    feeding: dict[int, tuple[str, ...]] = {}
    for operator in graph.operators:
        layers = _named(scopes, graph, operator)
        fed = (feeding[index] for index in operator.inputs if feeding.get(index))
        layers = layers or next(fed, ())
        feeding |= dict.fromkeys(operator.outputs, layers)
        yield operator.index, layers


def _named(scopes: FileScopes, graph: Subgraph, operator: Operator) -> tuple[str, ...]:
    constants = [index for index in operator.inputs if graph.tensors[index].is_constant]
    names = (graph.tensors[index].name for index in (*constants, *operator.outputs))
    return tuple(dict.fromkeys(layer for name in names for layer in scopes.layers_of(name)))
