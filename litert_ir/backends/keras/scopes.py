"""The name scopes that Keras opens for each layer, as names of tensors and operators hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FUSED = ";"
"""The separator between the names of operators that were fused into one."""
_NUMBERED = re.compile(r"_\d+$")


def scopes_of(name: str) -> Iterator[tuple[str, ...]]:
    """The scopes of a tensor's name, outer before inner, for each operator fused into it.

    Operators outside of every scope are left out.

    Example:
        >>> list(scopes_of("model/block/conv/Relu;model/block/conv/BiasAdd;Sum"))
        [('model', 'block', 'conv'), ('model', 'block', 'conv')]
    """
    parts = (tuple(part.split("/")[:-1]) for part in name.split(_FUSED))
    return (scopes for scopes in parts if scopes)


def unnumbered(scope: str) -> str:
    """A scope without the number that TensorFlow puts behind one that it opens again.

    Example:
        >>> unnumbered("dense_1"), unnumbered("dense")
        ('dense', 'dense')
    """
    return _NUMBERED.sub("", scope)
