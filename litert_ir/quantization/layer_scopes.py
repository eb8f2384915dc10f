"""Find the layer of a file's tensor by the name scope that it was traced in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from litert_ir.backends.keras.scopes import scopes_of, unnumbered

_AROUND = 3
"""The most steps before a path: the model itself, and the adapter of the direct strategy."""


class LayerScopes:
    """A finder of layers in the names of tensors.

    A scope such as ``model_1/encoder_1/dense_1/MatMul`` has one step per nested layer call;
    TensorFlow numbers repeated calls, so that a step also matches without its number.

    Args:
        paths: The paths of the model's layers, without the model's own name. For a file whose model
            is unknown, use `FileScopes`.
        numbered: Whether each step has such a number: of two layers `dense` and `dense_1`, the
            scope ``dense_1`` is then that of the first.
    """

    def __init__(self, paths: Iterable[str], *, numbered: bool = False) -> None:
        self._numbered = numbered
        self._known = {tuple(path.split("/")) for path in paths}
        self._prefixes = {path[:end] for path in self._known for end in range(1, len(path) + 1)}

    def layers_of(self, name: str) -> Iterator[str]:
        """Yield the layers in a tensor's name, one for each of the operators fused into it."""
        return (layer for layer, _ in self.calls_of(name))

    def calls_of(self, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the layers in a tensor's name, each with the scope of its call.

        Repeated calls of a layer have scopes of their own where they are numbered.
        """
        for scopes in scopes_of(name):
            start, found = self._longest(scopes)
            if found:
                yield "/".join(found), scopes[: start + len(found)]

    def _longest(self, steps: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        """Find the longest known path near the scope's start, and the enclosing calls before it."""
        starts = range(_AROUND + 1)
        found = ((start, self._descend((), steps[start:])) for start in starts)
        return max(found, key=lambda each: len(each[1]))

    def _descend(self, path: tuple[str, ...], steps: tuple[str, ...]) -> tuple[str, ...]:
        best = path if path in self._known else ()
        if not steps:
            return best
        names = (steps[0], unnumbered(steps[0]))
        for step in dict.fromkeys(reversed(names) if self._numbered else names):
            if (*path, step) in self._prefixes:
                best = max(best, self._descend((*path, step), steps[1:]), key=len)
        return best
