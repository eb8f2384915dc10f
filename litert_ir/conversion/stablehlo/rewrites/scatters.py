"""Sums of slices, put where indices say, become LiteRT's."""

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
    if dimensions.index_vector_dim == len(shape_of(indices)):
        indices = reshape(indices, (*shape_of(indices), 1), rewriter)
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
