"""The places that a slice takes of a tensor, whatever operator says them and however."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litert_ir.stablehlo.dynamic_shapes.aligned import Array

Places = tuple[range | int | None, ...]


def places_taken(
    code: str, options: Any, shape: tuple[int, ...], inputs: Sequence[Array | None]
) -> Places:
    """For each dimension of a slice's result or data, which places it takes.

    Args:
        code: ``SLICE`` or ``STRIDED_SLICE``.
        options: The operator's options, as the schema's object.
        shape: That of the sliced tensor.
        inputs: Where it begins, and how much it takes; or where it begins and ends, and strides.

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
