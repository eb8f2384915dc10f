"""Unique names for the tensors of a file, which may name several alike."""

from __future__ import annotations

from collections.abc import Sequence


def unique_names(names: Sequence[str]) -> list[str]:
    """Make names unique: later ones get the first number that is free.

    Example:
        >>> unique_names(["a", "a", "a_1", "a"])
        ['a', 'a_1', 'a_1_1', 'a_2']
    """
    taken: dict[str, None] = {}
    for name in names:
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken[unique] = None
    return list(taken)


def stored_name(tensor: object) -> str:
    """Return the name that a file stores for a tensor; ``tensor`` where it stores none.

    Args:
        tensor: A ``Tensor`` of the schema.
    """
    name: bytes | None = tensor.Name()  # type: ignore[attr-defined]  # a generated class
    return name.decode() if name else "tensor"
