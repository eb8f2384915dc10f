"""Slices of tensors with dynamic dimensions, to their ends or counted from their ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from litert_ir.backends.litert.additions import Kernel
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import (
    AlignedTensor,
    Sizes,
    elements_of,
    is_fixed,
)
from litert_ir.stablehlo.dynamic_shapes.alignment import Step
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Size
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph

_ALL = -1
"""The size in SLICE that stands for the rest of the axis."""
_UNUSED = 0
"""The placeholder for an index that a mask disables."""


@attrs.frozen(kw_only=True)
class Cut:
    """The part of an axis that one index of a slice takes.

    Attributes:
        begin: Its begin, in each file.
        end: Its end, in each file.
        stride: Its stride.
        dim: The size of the axis.
        has_begin: Whether ``begin`` counts; else the slice begins where the axis does.
        has_end: Whether ``end`` counts; else the slice ends where the axis does.
    """

    begin: Sizes
    end: Sizes
    dim: Sizes
    stride: int = 1
    has_begin: bool = True
    has_end: bool = True

    @property
    def reaches_end(self) -> bool:
        """Tell whether the cut ends where a dynamic axis does."""
        is_whole = self.end == self.dim and not is_fixed(self.dim)
        return self.has_end and self.stride > 0 and is_whole


def generalize_slice(graph: DynamicGraph, step: Step) -> None:
    """Rewrite SLICE of a dynamic tensor to STRIDED_SLICE, which can count from the end.

    The kernel of SLICE does not allocate its result before a run when its input has a dynamic
    dimension (LiteRT's `slice.cc`); that of STRIDED_SLICE does.
    """
    data, constants = graph.input(step, 0), graph.constants(step, 1, 2)
    if constants is None:
        return
    begin, size = constants
    if begin.is_general and size.is_general and not data.has_dynamic_dims:
        return
    lengths = elements_of(size)
    parts = zip(elements_of(begin), lengths, data.dims, strict=True)
    cuts = [Cut(begin=start, end=_end(start, length, dim), dim=dim) for start, length, dim in parts]
    begins = _begins(graph, step, begin, cuts)
    ends = [_slice_end(graph, step, size, at) for at in zip(cuts, begins, lengths, strict=True)]
    inputs = [data.index, *(graph.emitter.vector(each) for each in (begins, ends, [1] * len(cuts)))]
    mask = _end_mask(cuts)
    graph.editor.retarget(step.operator, Kernel.STRIDED_SLICE, inputs, endMask=mask)


def _end(begin: Sizes, size: Sizes, dim: Sizes) -> Sizes:
    return tuple(
        whole if length == _ALL else start + length
        for start, length, whole in zip(begin, size, dim, strict=True)
    )


def generalize_strided_slice(graph: DynamicGraph, step: Step) -> None:
    """Generalize STRIDED_SLICE by its end mask, and by negative indices from an axis' end."""
    options, constants = step.operator.builtinOptions, graph.constants(step, 1, 2, 3)
    if constants is None or options.offset:
        return
    begin, end, strides = constants
    if begin.is_general and end.is_general:
        return
    cuts = list(_cuts(options, graph.input(step, 0), begin, end, strides))
    step.replace_input(1, graph.emitter.vector(_begins(graph, step, begin, cuts)))
    step.replace_input(2, graph.emitter.vector(_ends(graph, step, end, cuts)))
    options.endMask |= _end_mask(cuts)


def _cuts(
    options: Any,
    data: AlignedTensor,
    begin: AlignedTensor,
    end: AlignedTensor,
    strides: AlignedTensor,
) -> Iterator[Cut]:
    begins = elements_of(begin)
    parts = zip(
        begins,
        elements_of(end),
        elements_of(strides),
        _axes(options, len(begins), len(data.dims)),
        strict=True,
    )
    for number, (start, stop, stride, axis) in enumerate(parts):
        bit = 1 << number
        is_single = bool(options.shrinkAxisMask & bit)
        yield Cut(
            begin=start,
            end=stop,
            dim=data.fixed([0])[0] if axis is None else data.dims[axis],
            stride=stride[0],
            has_begin=axis is not None and not options.beginMask & bit,
            has_end=axis is not None and not options.endMask & bit and not is_single,
        )


def _axes(options: Any, count: int, rank: int) -> Iterator[int | None]:
    """Yield the axis of the data for each index; None for an ellipsis and for a new axis."""
    axis = 0
    for number in range(count):
        bit = 1 << number
        if options.ellipsisMask & bit:
            later = [at for at in range(number + 1, count) if not options.newAxisMask >> at & 1]
            axis = rank - len(later)
            yield None
        elif options.newAxisMask & bit:
            yield None
        else:
            yield axis
            axis += 1


def _begins(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, cuts: list[Cut]
) -> list[Extent]:
    return [
        _place(graph, step, constant, (cut.begin, cut.dim)) if cut.has_begin else _UNUSED
        for cut in cuts
    ]


def _ends(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, cuts: list[Cut]
) -> list[Extent]:
    return [
        _place(graph, step, constant, (cut.end, cut.dim))
        if cut.has_end and not cut.reaches_end
        else _UNUSED
        for cut in cuts
    ]


def _place(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, at: tuple[Sizes, Sizes]
) -> Extent:
    found = _on_axis(graph, step, *at)
    return graph.size(at[0], step, constant) if found is None else found


def _slice_end(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, at: tuple[Cut, Extent, Sizes]
) -> Extent:
    """Find the end of a cut of SLICE: a position on the axis, or its begin plus its length."""
    cut, begin, lengths = at
    if cut.reaches_end:
        return _UNUSED
    place = _on_axis(graph, step, cut.end, cut.dim)
    if place is not None:
        return place
    if isinstance(begin, Size) and is_fixed(lengths):
        return attrs.evolve(begin, plus=begin.plus + lengths[0])
    size = graph.sizes.find(cut.end, graph.results_near(step))
    if size is not None:
        return size
    match begin, graph.extent(lengths, step, constant):
        case int(), Size() as length:
            return attrs.evolve(length, plus=length.plus + begin)
        case _:
            return graph.size(cut.end, step, constant)


def _on_axis(graph: DynamicGraph, step: Step, place: Sizes, dim: Sizes) -> Extent | None:
    """A position: fixed, the end of a dimension, or fixed when counted from the axis' end.

    An image that was cropped to the size of another one ends where that does, even if it was
    larger by one at every point.
    """
    if is_fixed(place):
        return place[0]
    same = graph.sizes.same(place, graph.results_near(step))
    if same is not None:
        return same
    back = tuple(at - size for at, size in zip(place, dim, strict=True))
    return back[0] if is_fixed(back) and back[0] < 0 else None


def _end_mask(cuts: list[Cut]) -> int:
    return sum(1 << number for number, cut in enumerate(cuts) if cut.reaches_end)
