"""Give each tensor of a file a name of its own, as the quantizer knows tensors by their names."""

from __future__ import annotations

from typing import Any


def make_unique(model: Any) -> bool:
    """Number the tensors whose names others have, in place.

    Inputs and outputs are found by the file's signature, whose names stay.

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
