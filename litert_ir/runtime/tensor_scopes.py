"""Which layers the tensors of a file stem from, as far as their names tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_FUSED = ";"
"""Between the names of operators that were fused into one."""
_NUMBERED = re.compile(r"_\d+$")


def scopes_of(names: Sequence[str]) -> tuple[str, ...]:
    """The scopes in which tensors were traced, which are the paths of Keras' layers.

    A name such as ``model_1/block_1/conv_1/Relu;model_1/block_1/conv_1/BiasAdd`` has the scope
    ``block/conv``: without the operators and the model's own name. Where the model's name has a
    number, it was traced once more, which puts one behind the name of each layer: off it comes.

    Args:
        names: The names of all tensors of a file; only together they show what is common.

    Returns:
        A scope for each name, several joined by `` + ``; "" where a name has none.

    Example:
        >>> scopes_of(["m_1/a_1/MatMul", "m_1/b_2_1/Relu;m_1/c_1/d/Add", "m_1/c_1/k", "x"])
        ('a', 'b_2 + c/d', 'c', '')
    """
    found = [_scopes(name) for name in names]
    model = _model_scope([scope for scopes in found for scope in scopes])
    strip = _unnumbered if model and _NUMBERED.search(model) else str
    return tuple(
        _joined([tuple(map(strip, s[1:])) if s[0] == model else s for s in scopes])
        for scopes in found
    )


def _model_scope(scopes: Sequence[Sequence[str]]) -> str | None:
    """The first step of more than half of the scopes, where any goes on from there.

    Weights may have the paths of their Keras variables, which start below the model.
    """
    first, count = next(iter(Counter(scope[0] for scope in scopes).most_common(1)), (None, 0))
    goes_on = any(scope[0] == first and len(scope) > 1 for scope in scopes)
    return first if goes_on and count > len(scopes) / 2 else None


def _scopes(name: str) -> list[tuple[str, ...]]:
    parts = (tuple(part.split("/")[:-1]) for part in name.split(_FUSED))
    return [steps for steps in parts if steps]


def _joined(scopes: Sequence[Sequence[str]]) -> str:
    return " + ".join(dict.fromkeys("/".join(scope) for scope in scopes if scope))


def _unnumbered(step: str) -> str:
    return _NUMBERED.sub("", step)
