"""The limits of sizes in a TensorFlow graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from litert_ir.backends import load_tensorflow

_ON_SIZES = frozenset(
    {"AddV2", "ClipByValue", "FloorDiv", "FloorMod", "Maximum", "Minimum", "Slice"}
    | {"StridedSlice", "Sub"}
)
"""Graph ops that compute with sizes or take so much of a dimension; others of whole numbers say
how many units there are, and the like."""
_MOST_NUMBERS = 8
"""The most numbers of a constant that may hold limits; a larger one holds data."""
LARGEST = 1 << 15
"""The largest number that is taken for a limit of a size."""


def limits_in(graph: Any) -> frozenset[int]:
    """The whole numbers up to `LARGEST` that may limit a dimension, as a truncation does.

    A model that takes the first 500 steps of a sequence is another function of a longer one, which
    files for shorter sequences do not show.

    Args:
        graph: A `tf.Graph` with dynamic dimensions.
    """
    constants = {op.outputs[0].name: op for op in graph.get_operations() if op.type == "Const"}
    found: set[int] = set()
    for op in graph.get_operations():
        if op.type in _ON_SIZES:
            for tensor in op.inputs:
                if tensor.name in constants and tensor.dtype.is_integer:
                    found.update(_numbers(constants[tensor.name]))
    return frozenset(number for number in found if 0 < number <= LARGEST)


def _numbers(constant: Any) -> list[int]:
    values = load_tensorflow().make_ndarray(constant.get_attr("value"))
    return [] if values.size > _MOST_NUMBERS else [abs(int(n)) for n in np.ravel(values)]
