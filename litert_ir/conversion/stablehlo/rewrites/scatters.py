"""Slices that are put together where indices say: sums, extremes and products of segments."""

from __future__ import annotations

import re
from typing import Any

import attrs
import numpy as np

from litert_ir.conversion.stablehlo.rewrites.mlir_values import (
    dtype_of,
    is_static,
    reducer_of,
    shape_of,
    tensor_type,
)
from litert_ir.conversion.stablehlo.rewrites.pattern import pattern
from litert_ir.conversion.stablehlo.rewrites.rewriter import Rewriter
from litert_ir.conversion.stablehlo.rewrites.shaping import compare, reshape


@attrs.frozen(kw_only=True)
class _Dimensions:
    """The dimension numbers of a `stablehlo.scatter`."""

    update_window_dims: tuple[int, ...] = ()
    inserted_window_dims: tuple[int, ...] = ()
    input_batching_dims: tuple[int, ...] = ()
    scatter_indices_batching_dims: tuple[int, ...] = ()
    scatter_dims_to_operand_dims: tuple[int, ...] = ()
    index_vector_dim: int = 0

    @classmethod
    def of(cls, op: Any) -> _Dimensions:
        """Those of an operation, which prints them as ``name = [0, 1]``."""
        printed = str(op.attributes["scatter_dimension_numbers"])
        vector = re.search(r"index_vector_dim = (\d+)", printed)
        found = dict(re.findall(r"(\w+) = \[([0-9, ]*)\]", printed))
        lists = {
            name: tuple(int(item) for item in items.split(",") if item.strip())
            for name, items in found.items()
        }
        return cls(**lists, index_vector_dim=int(vector[1]) if vector else 0)


@pattern("stablehlo.scatter")
def scatter_sums(op: Any, rewriter: Rewriter) -> bool:
    """Slices that are added up where indices say become `tfl.scatter_nd`.

    Before: ``stablehlo.scatter(%x, %indices, %updates)`` of ``add``, where the indices are
    those of the leading dimensions
    After: ``"tfl.scatter_nd"(%indices, %updates, %shape)``, added to ``%x`` if that is not
    zero. What an index outside of the first dimension drops goes to a row behind the last,
    which is cut off.
    """
    if len(op.results) != 1 or reducer_of(op) != "stablehlo.add" or not is_static(op.results[0]):
        return False
    value, indices, updates = op.operands
    dimensions = _Dimensions.of(op)
    indices = _as_vectors(indices, dimensions, rewriter)
    if dtype_of(indices) != "int32" or not _is_leading(dimensions, value, indices, updates):
        return False
    shape, kind = shape_of(value), op.results[0].type
    if shape_of(indices)[-1] > 1 or _is_inside(indices, shape[0], rewriter):
        total = _scattered(indices, updates, shape, rewriter)
    else:
        caught = _caught(indices, shape[0], rewriter)
        longer = _scattered(caught, updates, (shape[0] + 1, *shape[1:]), rewriter)
        ranges = {
            "start_indices": (0,) * len(shape),
            "limit_indices": shape,
            "strides": (1,) * len(shape),
        }
        total = rewriter.op("stablehlo.slice", [longer], kind, ranges)
    if rewriter.splat(value) != 0.0:
        total = rewriter.op("stablehlo.add", [value, total], kind)
    return rewriter.replace(op, total)


_SEGMENTS = {
    "stablehlo.maximum": "tfl.unsorted_segment_max",
    "stablehlo.minimum": "tfl.unsorted_segment_min",
    "stablehlo.multiply": "tfl.unsorted_segment_prod",
}
"""LiteRT's ops, by how two slices are put together."""
_INFINITE = {"stablehlo.maximum": -np.inf, "stablehlo.minimum": np.inf}
"""What JAX gives for the extremes of nothing."""


@pattern("stablehlo.scatter")
def reduce_segments(op: Any, rewriter: Rewriter) -> bool:
    """Slices of which the greatest is wanted at each place become `tfl.unsorted_segment_max`.

    Before: ``stablehlo.scatter(%x, %indices, %updates)`` of ``maximum``, ``minimum`` or
    ``multiply``, where the indices are those of the first dimension
    After: ``"tfl.unsorted_segment_max"(%updates, %indices, %size)``, and its maximum with
    ``%x``. What an index outside of the dimension drops has the number -1.
    """
    reducer = reducer_of(op) if len(op.results) == 1 and is_static(op.results[0]) else None
    value, indices, updates = list(op.operands)[:3]
    if reducer not in _SEGMENTS or dtype_of(value) not in ("float32", "int32"):
        return False
    dimensions = _Dimensions.of(op)
    indices = _as_vectors(indices, dimensions, rewriter)
    if dtype_of(indices) != "int32" or not _is_leading(dimensions, value, indices, updates):
        return False
    if shape_of(indices)[-1] != 1:
        return False
    size = shape_of(value)[0]
    numbers = reshape(indices, shape_of(indices)[:-1], rewriter)
    if not _is_inside(op.operands[1], size, rewriter):
        beyond = compare(numbers, "GE", rewriter.filled(numbers, size), rewriter)
        nowhere = rewriter.filled(numbers, -1)
        numbers = rewriter.op("stablehlo.select", [beyond, nowhere, numbers], numbers.type)
    operands = [updates, numbers, rewriter.constant(np.array(size, np.int32))]
    result = rewriter.op(_SEGMENTS[reducer], operands, value.type)
    return rewriter.replace(op, _with_initial(value, reducer, result, rewriter))


def _with_initial(value: Any, reducer: str, result: Any, rewriter: Rewriter) -> Any:
    """What LiteRT made of segments, put together with what was there before.

    For the greatest of none LiteRT gives the least finite number, where JAX gives infinity.
    """
    neutral = _of_none(reducer, dtype_of(value))
    initial = rewriter.splat(value)
    if initial == neutral:
        return result
    if initial == _INFINITE.get(reducer):
        nothing = compare(result, "EQ", rewriter.filled(result, neutral), rewriter)
        return rewriter.op("stablehlo.select", [nothing, value, result], value.type)
    return rewriter.op(reducer, [value, result], value.type)


def _of_none(reducer: str, dtype: str) -> float:
    """What LiteRT's op gives for a segment without slices."""
    if reducer == "stablehlo.multiply":
        return 1.0
    limits = np.finfo(dtype) if dtype == "float32" else np.iinfo(dtype)
    return float(limits.min if reducer == "stablehlo.maximum" else limits.max)


def _is_leading(dimensions: _Dimensions, value: Any, indices: Any, updates: Any) -> bool:
    """Whether indices are vectors of positions in the first dimensions, and updates the rest."""
    rank, places = len(shape_of(indices)), shape_of(indices)[-1]
    leading = tuple(range(places))
    return (
        dimensions.index_vector_dim == rank - 1
        and dimensions.inserted_window_dims == leading
        and dimensions.scatter_dims_to_operand_dims == leading
        and dimensions.update_window_dims == tuple(range(rank - 1, len(shape_of(updates))))
        and shape_of(updates)[rank - 1 :] == shape_of(value)[places:]
        and not dimensions.input_batching_dims
    )


def _as_vectors(indices: Any, dimensions: _Dimensions, rewriter: Rewriter) -> Any:
    """The indices as vectors along the last dimension, those of one element included."""
    if dimensions.index_vector_dim == len(shape_of(indices)):
        return reshape(indices, (*shape_of(indices), 1), rewriter)
    return indices


def _is_inside(indices: Any, size: int, rewriter: Rewriter) -> bool:
    known = rewriter.known_array(indices)
    return known is not None and bool(((known >= 0) & (known < size)).all())


def _caught(indices: Any, size: int, rewriter: Rewriter) -> Any:
    """The indices, with the size in the place of those outside of it."""
    end = rewriter.filled(indices, size)
    below = compare(indices, "LT", rewriter.filled(indices, 0), rewriter)
    positive = rewriter.op("stablehlo.select", [below, end, indices], indices.type)
    return rewriter.op("stablehlo.minimum", [positive, end], indices.type)


def _scattered(indices: Any, updates: Any, shape: tuple[int, ...], rewriter: Rewriter) -> Any:
    sizes = rewriter.constant(np.array(shape, np.int32))
    kind = tensor_type(shape, dtype_of(updates))
    return rewriter.op("tfl.scatter_nd", [indices, updates, sizes], kind)
