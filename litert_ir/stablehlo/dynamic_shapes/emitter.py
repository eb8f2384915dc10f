"""Write the operators that read sizes from tensors' shapes when the file runs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from litert_ir.backends.litert.additions import Kernel
from litert_ir.backends.litert.schema import type_number
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Dim, Size
from litert_ir.stablehlo.dynamic_shapes.editor import GraphEditor, Result

Extent = int | Size
"""The size of a dimension: the same for all runs, or computed by each."""
_INDICES = ("int32", "int64")
"""The element types of computed sizes."""


class SizeEmitter:
    """Adds operators that compute sizes to a graph.

    SHAPE, STRIDED_SLICE, MUL, RANGE and CONCATENATION are evaluated while a runtime allocates
    tensors, so operators that take their results as shapes still have tensors of known size. PACK,
    ADD and FLOOR_DIV are not: the runtime would allocate again in the middle of a run.

    Args:
        editor: The graph's editor.
    """

    def __init__(self, editor: GraphEditor) -> None:
        self._editor = editor

    def vector(self, extents: Sequence[Extent], dtype: str = "int32") -> int:
        """A vector of sizes, of type int32 or int64."""
        parts: list[int] = []
        for fixed, group in groupby(extents, lambda extent: isinstance(extent, int)):
            if fixed:
                parts.append(self._fixed([n for n in group if isinstance(n, int)], dtype))
            else:
                parts.extend(self._size(n, dtype) for n in group if isinstance(n, Size))
        return self._concatenated(parts, len(extents), dtype)

    def scalar(self, size: Size, dtype: str = "int32") -> int:
        """One size as a tensor of rank 0, of type int32 or int64."""
        dim = size.dims[0]
        if isinstance(dim, Dim) and size == Size((dim,)):
            return self._element(self._shape(dim.tensor, dtype), dim.axis, dtype, ())
        return self._element(self._size(size, dtype), 0, dtype, ())

    def number(self, size: Size, dtype: str) -> int:
        """A size as a tensor of rank 0 of any element type."""
        if dtype in _INDICES:
            return self.scalar(size, dtype)
        return self._cast(self.scalar(size), "int32", dtype, ())

    def power(self, number: int, power: float, factor: float) -> int:
        """``factor * number ** power`` of a float32 number."""
        result = _named("number", "float32", ())
        if power == -1:
            return self._editor.add(Kernel.DIV, [self._float(factor), number], result)
        if power != 1:
            number = self._editor.add(Kernel.POW, [number, self._float(power)], result)
        if factor == 1:
            return number
        return self._editor.add(Kernel.MUL, [number, self._float(factor)], result)

    def counting(self, size: Size, dtype: str) -> int:
        """The whole numbers from 0 on, ``size`` of them, as a vector."""
        counted = dtype if dtype in _INDICES else "int32"
        start = self._number(0, counted)
        numbers = self._range(start, self.scalar(size, counted), 1, counted)
        return self._cast(numbers, counted, dtype, (None,))

    def reshaped(self, tensor: int, shape: Sequence[int], dtype: str) -> int:
        """The tensor with another shape, in which one size may be -1."""
        dims = tuple(None if dim < 0 else dim for dim in shape)
        inputs = [tensor, self._fixed(shape, "int32")]
        return self._editor.add(Kernel.RESHAPE, inputs, _named("reshape", dtype, dims))

    def broadcast(self, tensor: int, extents: Sequence[Extent], result: Result) -> int:
        """The tensor broadcast to a shape."""
        return self._editor.add(Kernel.BROADCAST_TO, [tensor, self.vector(extents)], result)

    def _size(self, size: Size, dtype: str) -> int:
        """A size as a vector of one element."""
        found = self._product(size, dtype)
        is_last = size.scale == 1 and not (size.added or size.removed)
        shift = size.shift + size.plus * size.over if is_last else size.shift
        if size.over != 1 or shift:
            found = self._quotient(found, shift, size.over, dtype)
        if size.scale != 1:
            found = self._times(found, self._fixed([size.scale], dtype), dtype)
        for dim in size.added:
            minus = self._times(self._dim(dim, dtype), self._fixed([-1], dtype), dtype)
            found = self._between(minus, found, dtype)
        for dim in size.removed:
            found = self._difference(found, self._dim(dim, dtype), dtype)
        if size.plus and not is_last:
            minus = self._fixed([-size.plus], dtype)
            found = (
                self._between(minus, found, dtype)
                if size.plus > 0
                else self._difference(found, minus, dtype)
            )
        return found

    def _product(self, size: Size, dtype: str) -> int:
        factors = [
            self._size(part, dtype) if isinstance(part, Size) else self._dim(part, dtype)
            for part in size.dims
        ]
        if size.times != 1:
            factors.append(self._fixed([size.times], dtype))
        return functools.reduce(lambda one, other: self._times(one, other, dtype), factors)

    def _dim(self, dim: Dim, dtype: str) -> int:
        return self._element(self._shape(dim.tensor, dtype), dim.axis, dtype, (1,))

    def _times(self, one: int, other: int, dtype: str) -> int:
        return self._editor.add(Kernel.MUL, [one, other], _named("size", dtype, (1,)))

    def _quotient(self, dividend: int, shift: int, over: int, dtype: str) -> int:
        """``(dividend + shift) // over``, as the number of numbers in a range.

        A range may not start beyond its limit, so where the quotient may be 0 it is one less
        than that of a dividend that is larger by the divisor.
        """
        limit = self._element(dividend, 0, dtype, ())
        start = over - 1 - shift
        if start <= 1:
            return self._length(self._number(start, dtype), limit, over, dtype)
        more = self._length(self._number(start - over, dtype), limit, over, dtype)
        return self._difference(more, self._fixed([1], dtype), dtype)

    def _between(self, start: int, limit: int, dtype: str) -> int:
        """Compute the distance of a size from a smaller one, or from a number below zero."""
        first, end = (self._element(vector, 0, dtype, ()) for vector in (start, limit))
        return self._length(first, end, 1, dtype)

    def _difference(self, one: int, other: int, dtype: str) -> int:
        """One size minus another one, or 0 where that is negative, as a range's length cannot be.

        Slices count in int32; sizes in int64 are taken not to get that small.
        """
        if dtype != "int32":
            return self._between(other, one, dtype)
        end = self._element(one, 0, dtype, ())
        numbers = self._range(self._number(0, dtype), end, 1, dtype)
        unused, steps = self._fixed([0], dtype), self._fixed([1], dtype)
        result = _named("numbers", dtype, (None,))
        rest = self._editor.add(
            Kernel.STRIDED_SLICE, [numbers, other, unused, steps], result, endMask=1
        )
        return self._shape(rest, dtype)

    def _length(self, start: int, limit: int, step: int, dtype: str) -> int:
        """Compute the number of elements of a range, as a vector of one; both ends are tensors."""
        return self._shape(self._range(start, limit, step, dtype), dtype)

    def _range(self, start: int, limit: int, step: int, dtype: str) -> int:
        """The numbers from one below another, both of which are tensors."""
        result = _named("range", dtype, (None,))
        return self._editor.add(Kernel.RANGE, [start, limit, self._number(step, dtype)], result)

    def _number(self, number: int, dtype: str) -> int:
        return self._editor.constant(np.array(number, dtype), "number")

    def _float(self, number: float) -> int:
        return self._editor.constant(np.array(number, np.float32), "number")

    def _shape(self, tensor: int, dtype: str) -> int:
        out_type = type_number(dtype)
        result = _named("shape", dtype, (self._editor.rank(tensor),))
        return self._editor.add(Kernel.SHAPE, [tensor], result, outType=out_type)

    def _element(self, vector: int, at: int, dtype: str, dims: tuple[int, ...]) -> int:
        """An element of a vector, as a scalar or as a vector of one, as ``dims`` says."""
        ends = [self._fixed([n], "int32") for n in (at, at + 1, 1)]
        return self._editor.add(
            Kernel.STRIDED_SLICE,
            [vector, *ends],
            _named("size", dtype, dims),
            shrinkAxisMask=0 if dims else 1,
        )

    def _concatenated(self, parts: Sequence[int], length: int, dtype: str) -> int:
        if len(parts) == 1:
            return parts[0]
        return self._editor.add(Kernel.CONCATENATION, parts, _named("sizes", dtype, (length,)))

    def _cast(self, tensor: int, old: str, new: str, dims: tuple[int | None, ...]) -> int:
        if old == new:
            return tensor
        types = {"inDataType": type_number(old), "outDataType": type_number(new)}
        return self._editor.add(Kernel.CAST, [tensor], _named("cast", new, dims), **types)

    def _fixed(self, values: Sequence[int], dtype: str) -> int:
        return self._editor.constant(np.array(values, dtype), "sizes")


def _named(name: str, dtype: str, dims: tuple[int | None, ...]) -> Result:
    return Result(name=f"dynamic/{name}", dtype=dtype, dims=dims)
