"""Compute in numpy what the operators give that read sizes, at given sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from litert_ir.stablehlo.dynamic_shapes.aligned import Array
from litert_ir.stablehlo.dynamic_shapes.slice_bounds import places_taken

Evaluate = Callable[[Sequence[Array], Any, np.dtype[Any]], Array]
"""The result of an operator from its inputs, its options and the result's element type."""


def evaluated(code: str, inputs: Sequence[Array], options: Any, dtype: np.dtype[Any]) -> Array:
    """What an operator computes; see LiteRT's kernel of the same name.

    Args:
        code: What it does.
        inputs: The values that it takes.
        options: Its options, as the schema's object.
        dtype: The element type of its result.

    Raises:
        KeyError: When it is none that sizes are computed with.
    """
    return np.asarray(_EVALUATE[code](inputs, options, dtype)).astype(dtype)


def _strided_slice(inputs: Sequence[Array], options: Any, _dtype: np.dtype[Any]) -> Array:
    table, *ends = inputs
    taken = places_taken("STRIDED_SLICE", options, table.shape, ends)
    cut: Array = table
    for axis, places in reversed(list(enumerate(taken))):
        cut = cut.take(places if isinstance(places, int) else np.array(places or (), int), axis)
    return cut


def _range(inputs: Sequence[Array], _options: Any, dtype: np.dtype[Any]) -> Array:
    return np.arange(*(each.item() for each in inputs), dtype=dtype)


def _of_two(function: Callable[[Array, Array], Any]) -> Evaluate:
    return lambda inputs, _options, _dtype: np.asarray(function(inputs[0], inputs[1]))


_EVALUATE: Mapping[str, Evaluate] = MappingProxyType(
    {
        "ADD": _of_two(np.add),
        "BROADCAST_TO": _of_two(lambda values, shape: np.broadcast_to(values, shape.tolist())),
        "CAST": lambda inputs, _options, _dtype: inputs[0],
        "CONCATENATION": lambda inputs, options, _dtype: np.concatenate(inputs, options.axis),
        "DIV": _of_two(np.divide),
        "GREATER_EQUAL": _of_two(np.greater_equal),
        "LESS_EQUAL": _of_two(np.less_equal),
        "LOGICAL_AND": _of_two(np.logical_and),
        "LOGICAL_NOT": lambda inputs, _options, _dtype: np.logical_not(inputs[0]),
        "MUL": _of_two(np.multiply),
        "POW": _of_two(np.power),
        "RANGE": _range,
        "RESHAPE": _of_two(lambda values, shape: np.reshape(values, shape.tolist())),
        "SELECT_V2": lambda inputs, _options, _dtype: np.where(*inputs),
        "STRIDED_SLICE": _strided_slice,
    }
)
