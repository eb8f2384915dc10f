"""Masks that compare two positions, such as the causal masks of attention.

They are recognized in constants, and written as comparisons that run with the file.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from litert_ir.backends.litert.additions import Kernel
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import Array
from litert_ir.stablehlo.dynamic_shapes.editor import GraphEditor, Result
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent, SizeEmitter


def _bits(value: Array) -> bytes:
    return value.tobytes()


@attrs.frozen(kw_only=True)
class Band:
    """Two values, by the distance between the positions along two axes.

    A position is inside where ``low <= column - row <= high``.

    Attributes:
        row: The outer of the two axes.
        column: The inner one; the values are the same along all other axes.
        low: The least distance inside; None where there is none.
        high: The greatest distance inside; None where there is none.
        inside: The value inside, of rank 0.
        outside: The value elsewhere.
    """

    row: int
    column: int
    low: int | None
    high: int | None
    inside: Array = attrs.field(eq=_bits)
    outside: Array = attrs.field(eq=_bits)


def band_of(*arrays: Array) -> Band | None:
    """The band that a constant's values follow in all files; None when there is none.

    Args:
        arrays: The values in each file, of one rank and element type, with size 1 along the
            axes that they repeat themselves on.
    """
    sizes = zip(*(values.shape for values in arrays), strict=True)
    axes = [axis for axis, along in enumerate(sizes) if max(along) > 1]
    if len(axes) != 2 or not all(values.size for values in arrays):
        return None
    first, *others = [_band(values, *axes) for values in arrays]
    return first if all(other == first for other in others) else None


def _band(values: Array, row: int, column: int) -> Band | None:
    rows, columns = values.shape[row], values.shape[column]
    plane = values.reshape(rows, columns)
    bits = plane.view(f"u{plane.itemsize}")
    if not np.array_equal(bits[1:, 1:], bits[:-1, :-1]):
        return None
    profile = np.concatenate([plane[::-1, :1].ravel(), plane[0, 1:]])
    found = _limits(profile)
    if found is None:
        return None
    low, high = (None if at is None else at - (rows - 1) for at in found)
    inside, outside = (profile[at] for at in ((0, -1) if low is None else (found[0], 0)))
    return Band(
        row=row,
        column=column,
        low=low,
        high=high,
        inside=np.asarray(inside),
        outside=np.asarray(outside),
    )


def _limits(profile: Array) -> tuple[int | None, int | None] | None:
    """The first and the last index inside, for two values that change once or twice."""
    bits = profile.view(f"u{profile.itemsize}")
    match (np.flatnonzero(bits[1:] != bits[:-1]) + 1).tolist():
        case [change]:
            return (None, change - 1) if profile[0] else (change, None)
        case [begin, end] if bits[0] == bits[-1]:
            return begin, end - 1
        case _:
            return None


_BOOL = "bool"
_POSITIONS = "int32"
_COMPARED_RANK = 4
"""The greatest rank at which the kernels that compare broadcast their inputs."""


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
            band: The band to compute.
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
        """The positions along an axis, counted from 0."""
        shape = [1 if at != axis else -1 for at in range(len(extents))]
        length = extents[axis]
        if isinstance(length, int):
            return self._editor.constant(
                np.arange(length, dtype=_POSITIONS).reshape(shape), "places"
            )
        counted = self._sizes.counting(length, _POSITIONS)
        return self._sizes.reshaped(counted, shape, _POSITIONS)

    def _moved(self, places: int, distance: int, extents: Sequence[Extent], axis: int) -> int:
        """Positions shifted by a distance."""
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
