"""Find the layers that a file's tensors stem from, by the tensors' names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from litert_ir.backends.keras.scopes import scopes_of, unnumbered


@attrs.frozen
class FileScopes:
    """The scopes in which a file's tensors were traced: the paths of Keras' layers.

    A name such as ``model_1/block_1/conv_1/Relu;model_1/block_1/conv_1/BiasAdd`` has the scope
    ``block/conv``: without the operators and the model's own name. A number behind the model's name
    means that it was traced again, which appends a number to the name of each layer: it is removed.
    Weights may have the paths of their Keras variables, which start below the model.

    Attributes:
        model: The model's own name, as it was traced; None where the names have no such prefix.

    Example:
        >>> scopes = FileScopes.of(["m_1/a_1/MatMul", "m_1/b_2_1/Relu;m_1/c_1/d/Add", "x"])
        >>> [scopes.label(name) for name in ("m_1/a_1/Add", "m_1/b_2_1/Relu;m_1/c_1/k", "c_1/k")]
        ['a', 'b_2 + c', 'c_1']
    """

    model: str | None

    @classmethod
    def of(cls, computed: Iterable[str]) -> FileScopes:
        """Derive the scopes of a file from its tensors' names.

        Args:
            computed: The names of its operators' results; their common prefix is the model's name.
        """
        scopes = [scope for name in computed for scope in scopes_of(name)]
        first, count = next(iter(Counter(s[0] for s in scopes).most_common(1)), (None, 0))
        goes_on = any(scope[0] == first and len(scope) > 1 for scope in scopes)
        return cls(first if goes_on and count > len(scopes) / 2 else None)

    def layers_of(self, name: str) -> Iterator[str]:
        """Yield the scopes in a tensor's name, one for each of the operators fused into it."""
        for steps in scopes_of(name):
            layer = self._below_model(steps) if steps[0] == self.model else steps
            if layer:
                yield "/".join(layer)

    def label(self, name: str) -> str:
        """Join the scopes of a tensor by `` + ``; "" where its name has none."""
        return " + ".join(dict.fromkeys(self.layers_of(name)))

    def _below_model(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        if self.model is None or unnumbered(self.model) == self.model:
            return steps[1:]
        return tuple(map(unnumbered, steps[1:]))
