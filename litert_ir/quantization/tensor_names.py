"""Make tensor names unique, as the quantizer identifies tensors by name."""

from __future__ import annotations

from typing import Any


def make_unique(model: Any) -> bool:
    """Number the tensors with repeated names, in place.

    The names in the file's signature do not change.

    Args:
        model: A `ModelT`.

    Returns:
        Whether any name changed.
    """
    taken: set[bytes] = set()
    changed = False
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            name = tensor.name or b"tensor"
            unique, number = name, 0
            while unique in taken:
                number += 1
                unique = b"%b_%d" % (name, number)
            changed |= unique != tensor.name
            taken.add(unique)
            tensor.name = unique
    return changed
