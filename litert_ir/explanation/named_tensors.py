"""Find the tensors of a file that a layer's call may have computed, by the tensors' names."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.backends.keras.layer_calls import CallKey
from litert_ir.backends.keras.scopes import unnumbered
from litert_ir.explanation.file_graph import FileGraph, GraphTensor
from litert_ir.quantization.layer_scopes import LayerScopes
from litert_ir.verification.tensor_scopes import FileScopes

Calls = tuple[CallKey, ...]


class NamedTensors:
    """The results of a file's operators, by the calls whose results they may be.

    An operator into which several layers were fused has the names of all of them; its result is
    that of the call that returns last. Of a layer's tensors those count that leave it: an operator
    outside of the layer takes them.

    Args:
        graph: The file's graph.
        calls: The model's calls, in the order in which they return.
        model: The model's own name.
    """

    def __init__(self, graph: FileGraph, calls: Sequence[CallKey], model: str) -> None:
        self._graph = graph
        self._order = {key: place for place, key in enumerate(calls)}
        names = [tensor.name for tensor in graph.computed]
        paths = {"/".join(path) for path, _ in calls if path}
        self._scopes = LayerScopes(paths, numbered=_is_numbered(names, model))
        self._calls = self._by_scope(names)
        self._inside = {tensor.index: self._calls_in(tensor.name) for tensor in graph.computed}
        self._owned = self._by_owner()

    def candidates(self, key: CallKey) -> tuple[GraphTensor, ...]:
        """Return the tensors that may be results of a call, in the file's order."""
        return tuple(self._owned.get(key, ()))

    @property
    def share(self) -> float:
        """The share of the file's operators whose results name a layer of the model."""
        named = sum(bool(calls) for calls in self._inside.values())
        return named / max(1, len(self._inside))

    def _by_scope(self, names: Sequence[str]) -> dict[tuple[str, ...], Calls]:
        """Return the calls of each scope: one where each call of a layer has one of its own."""
        scopes: dict[str, dict[tuple[str, ...], None]] = {}
        for name in names:
            for layer, scope in self._scopes.calls_of(name):
                scopes.setdefault(layer, {})[scope] = None
        found: dict[tuple[str, ...], Calls] = {}
        for layer, own in scopes.items():
            keys = tuple(key for key in self._order if "/".join(key[0]) == layer)
            is_apart = len(keys) == len(own)
            for place, scope in enumerate(own):
                found[scope] = (keys[place],) if is_apart else keys
        return found

    def _calls_in(self, name: str) -> Calls:
        scopes = (scope for _, scope in self._scopes.calls_of(name))
        return tuple(key for scope in scopes for key in self._calls[scope])

    def _by_owner(self) -> dict[CallKey, list[GraphTensor]]:
        users = self._graph.users()
        owned: dict[CallKey, list[GraphTensor]] = {}
        for tensor in self._graph.computed:
            calls = self._inside[tensor.index]
            if not calls:
                continue
            last = max(calls, key=lambda key: self._order[key])
            takers = [index for user in users.get(tensor.index, ()) for index in user.outputs]
            if not takers or not all(self._is_inside(last, index) for index in takers):
                for key in (key for key in calls if key[0] == last[0]):
                    owned.setdefault(key, []).append(tensor)
        return owned

    def _is_inside(self, outer: CallKey, tensor: int) -> bool:
        """Tell whether an operator belongs to a call, by the names of its result.

        Where the calls of a layer share their names, an operator of the layer may be another one's.
        """
        path = outer[0]
        calls = [key for key in self._inside.get(tensor, ()) if key[0][: len(path)] == path]
        alike = [key for key in calls if key[0] == path]
        return len(calls) > len(alike) or alike == [outer]


def _is_numbered(names: Sequence[str], model: str) -> bool:
    """Tell whether the model was traced again, which puts a number behind each layer's name."""
    traced = FileScopes.of(names).model
    return traced is not None and traced != model and unnumbered(traced) != traced
