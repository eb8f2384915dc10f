"""Which layer a tensor of a file belongs to, by the name scope that it was traced in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_UNIQUE_SUFFIX = re.compile(r"_\d+$")
_AROUND = 3
"""The most steps in front of a path: the model itself, and the adapter of the direct strategy."""

_JOINED = ";"
"""Between the names of operators that were fused into one."""


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
        for part in name.split(_JOINED):
            found = self._longest(tuple(part.split("/")[:-1]))
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
        for step in dict.fromkeys((steps[0], _UNIQUE_SUFFIX.sub("", steps[0]))):
            if (*path, step) in self._prefixes:
                best = max(best, self._descend((*path, step), steps[1:]), key=len)
        return best
