"""Evaluate in numpy the operators that compute sizes, and the positions that slices read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Array

Evaluate = Callable[[Sequence[Array], Any, np.dtype[Any]], Array]
"""The result of an operator from its inputs, its options and the result's element type."""


def evaluated(code: str, inputs: Sequence[Array], options: Any, dtype: np.dtype[Any]) -> Array:
    """Evaluate an operator; see LiteRT's kernel of the same name.

    Args:
        code: The operator's code.
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


Places = tuple[range | int | None, ...]


def places_taken(
    code: str, options: Any, shape: tuple[int, ...], inputs: Sequence[Array | None]
) -> Places:
    """Return, for each dimension of a slice's result or data, the positions that it reads.

    Args:
        code: ``SLICE`` or ``STRIDED_SLICE``.
        options: The operator's options, as the schema's object.
        shape: The shape of the sliced tensor.
        inputs: Begins and sizes; or begins, ends and strides.

    Returns:
        A range for each dimension, a number for one that the result lacks, None for a new one.
    """
    numbers = [np.asarray(values).ravel().tolist() for values in inputs]
    if code == "SLICE":
        rows = zip(*numbers[:2], shape, strict=True)
        return tuple(
            range(begin, whole if size == -1 else begin + size) for begin, size, whole in rows
        )
    return tuple(_strided(options, shape, list(zip(*numbers[:3], strict=True))))


def _strided(
    options: Any, shape: tuple[int, ...], cuts: Sequence[tuple[int, int, int]]
) -> list[range | int | None]:
    found: list[range | int | None] = []
    axis = 0
    for number, (begin, end, step) in enumerate(cuts):
        bit = 1 << number
        if options.ellipsisMask & bit:
            later = sum(not options.newAxisMask >> at & 1 for at in range(number + 1, len(cuts)))
            found += [range(size) for size in shape[axis : len(shape) - later]]
            axis = len(shape) - later
        elif options.newAxisMask & bit:
            found.append(None)
        else:
            found.append(_cut(options, bit, shape[axis], (begin, end, step)))
            axis += 1
    return found + [range(size) for size in shape[axis:]]


def _cut(options: Any, bit: int, size: int, cut: tuple[int, int, int]) -> range | int:
    begin, end, step = cut
    if options.shrinkAxisMask & bit:
        return begin + size if begin < 0 else begin
    if options.offset:
        end += begin
    first = None if options.beginMask & bit else begin
    last = None if options.endMask & bit else end
    return range(*slice(first, last, step).indices(size))
