"""Which layer a tensor of a file belongs to, by the name scope that it was traced in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from litert_ir.backends.keras.scopes import scopes_of, unnumbered

_AROUND = 3
"""The most steps in front of a path: the model itself, and the adapter of the direct strategy."""


class LayerScopes:
    """Finds layers in the names of tensors.

    A scope such as ``model_1/encoder_1/dense_1/MatMul`` has one step per layer that the call went
    through; TensorFlow numbers what it calls again, so a step also fits without its number.

    Args:
        paths: The paths of the model's layers, without the model's own name. For a file whose
            model is unknown there is `FileScopes`.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._known = {tuple(path.split("/")) for path in paths}
        self._prefixes = {path[:end] for path in self._known for end in range(1, len(path) + 1)}

    def layers_of(self, name: str) -> Iterator[str]:
        """The layers that a tensor's name tells of, for each of the operators fused into it."""
        for scopes in scopes_of(name):
            found = self._longest(scopes)
            if found:
                yield "/".join(found)

    def _longest(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """The longest known path near the scope's start, behind what is called around it."""
        starts = range(_AROUND + 1)
        return max((self._descend((), steps[start:]) for start in starts), key=len)

    def _descend(self, path: tuple[str, ...], steps: tuple[str, ...]) -> tuple[str, ...]:
        best = path if path in self._known else ()
        if not steps:
            return best
        for step in dict.fromkeys((steps[0], unnumbered(steps[0]))):
            if (*path, step) in self._prefixes:
                best = max(best, self._descend((*path, step), steps[1:]), key=len)
        return best
