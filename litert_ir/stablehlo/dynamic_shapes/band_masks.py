"""Write the operators that compare positions when the file runs, as a causal mask does."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from litert_ir.backends.litert.additions import Kernel
from litert_ir.stablehlo.dynamic_shapes.bands import Band
from litert_ir.stablehlo.dynamic_shapes.editor import GraphEditor, Result
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent, SizeEmitter

_BOOL = "bool"
_POSITIONS = "int32"
_COMPARED_RANK = 4
"""Up to this rank the kernels that compare repeat their inputs as they need them."""


class MaskEmitter:
    """Adds operators that compute masks to a graph.

    Runtimes evaluate few of them while they allocate tensors, but know the sizes of all results.

    Args:
        editor: The graph's editor.
        sizes: Adds the operators that compute sizes.
    """

    def __init__(self, editor: GraphEditor, sizes: SizeEmitter) -> None:
        self._editor = editor
        self._sizes = sizes

    def band(self, band: Band, extents: Sequence[Extent]) -> int:
        """The values of a band.

        Args:
            band: What to compute.
            extents: The sizes of all axes, 1 for all but the band's two.
        """
        if len(extents) <= _COMPARED_RANK:
            return self._values(band, extents)
        plane = attrs.evolve(band, row=0, column=1)
        values = self._values(plane, [extents[band.row], extents[band.column]])
        dtype = band.inside.dtype.name
        shape = self._sizes.vector(extents)
        return self._editor.add(Kernel.RESHAPE, [values, shape], _result("mask", dtype, extents))

    def _values(self, band: Band, extents: Sequence[Extent]) -> int:
        inside = self._inside(band, extents)
        if band.inside.dtype != np.bool_:
            choices = [
                self._editor.constant(value, "mask") for value in (band.inside, band.outside)
            ]
            result = _result("mask", band.inside.dtype.name, extents)
            return self._editor.add(Kernel.SELECT_V2, [inside, *choices], result)
        if band.inside:
            return inside
        result = _result("mask", _BOOL, extents)
        return self._editor.add(Kernel.LOGICAL_NOT, [inside], result)

    def _inside(self, band: Band, extents: Sequence[Extent]) -> int:
        result = _result("mask", _BOOL, extents)
        row, column = (self._positions(extents, axis) for axis in (band.row, band.column))
        limits = ((Kernel.GREATER_EQUAL, band.low), (Kernel.LESS_EQUAL, band.high))
        found = [
            self._editor.add(kernel, [column, self._moved(row, limit, extents, band.row)], result)
            for kernel, limit in limits
            if limit is not None
        ]
        return found[0] if len(found) == 1 else self._editor.add(Kernel.LOGICAL_AND, found, result)

    def _positions(self, extents: Sequence[Extent], axis: int) -> int:
        """The places along an axis, counted from 0."""
        shape = [1 if at != axis else -1 for at in range(len(extents))]
        length = extents[axis]
        if isinstance(length, int):
            return self._editor.constant(
                np.arange(length, dtype=_POSITIONS).reshape(shape), "places"
            )
        counted = self._sizes.counting(length, _POSITIONS)
        return self._sizes.reshaped(counted, shape, _POSITIONS)

    def _moved(self, places: int, distance: int, extents: Sequence[Extent], axis: int) -> int:
        """Places that are some distance further on."""
        if distance == 0:
            return places
        plus = self._editor.constant(np.array(distance, _POSITIONS), "distance")
        result = _result("places", _POSITIONS, _only(extents, axis))
        return self._editor.add(Kernel.ADD, [places, plus], result)


def _only(extents: Sequence[Extent], axis: int) -> list[Extent]:
    return [extent if at == axis else 1 for at, extent in enumerate(extents)]


def _result(name: str, dtype: str, extents: Sequence[Extent]) -> Result:
    dims = tuple(extent if isinstance(extent, int) else None for extent in extents)
    return Result(name=f"dynamic/{name}", dtype=dtype, dims=dims)
