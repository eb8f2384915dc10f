"""Replace constants that depend on the sizes by what computes them for every size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import attrs
import numpy as np

from litert_ir.conversion.stablehlo.generalisation.alignment import Step
from litert_ir.conversion.stablehlo.generalisation.bands import Band
from litert_ir.conversion.stablehlo.generalisation.editor import Kernel, Result
from litert_ir.conversion.stablehlo.generalisation.emitter import Extent
from litert_ir.conversion.stablehlo.generalisation.failures import unexplained
from litert_ir.conversion.stablehlo.generalisation.graph import DynamicGraph
from litert_ir.conversion.stablehlo.generalisation.masks import MaskEmitter
from litert_ir.conversion.stablehlo.generalisation.pairs import Sizes, TensorPair
from litert_ir.conversion.stablehlo.generalisation.patterns import (
    Counting,
    Elements,
    Everywhere,
    Irregular,
    Merged,
    Partly,
    RegularPattern,
    Repeated,
    pattern_of,
    taken_apart,
)
from litert_ir.conversion.stablehlo.generalisation.sizes import Dim, Size

_ARITHMETIC = frozenset(
    {"ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "SQUARED_DIFFERENCE"}
    | {"FLOOR_DIV", "FLOOR_MOD"}
)
_LOGIC = frozenset(
    {"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"}
    | {"LOGICAL_AND", "LOGICAL_OR", "SELECT_V2"}
)
_BROADCASTING = _ARITHMETIC | _LOGIC
_BROADCAST_RANK = 4
"""Up to this rank every kernel of these operators repeats its inputs as it needs them."""
_NUMBERS = ("INT32", "INT64", "FLOAT32")
_CHOICES = (*_NUMBERS, "BOOL")


@attrs.frozen(kw_only=True)
class Compact:
    """A constant for every size, with size 1 along the axes that it repeats itself on.

    Attributes:
        tensor: The tensor that holds it.
        dims: Its sizes in both files.
    """

    tensor: int
    dims: tuple[Sizes, ...]


def general_constant(graph: DynamicGraph, step: Step, pair: TensorPair) -> int:
    """The tensor to take in place of a constant that depends on the sizes.

    Args:
        graph: Where the operator stands; gets operators that compute the values.
        step: The operator that takes it.
        pair: The constant.

    Returns:
        A tensor with the constant's shape; or with size 1 along some axes, where the operator
        repeats its inputs itself and another input has the size.

    Raises:
        NotGeneralError: When the values do not tell what they are for other sizes.
    """
    compact = _compact(graph, step, pair)
    if compact.dims == pair.dims or _repeats(graph, step, pair, compact):
        return compact.tensor
    return _wide(graph, step, pair, Compact(tensor=compact.tensor, dims=pair.dims))


def _wide(graph: DynamicGraph, step: Step, pair: TensorPair, wanted: Compact) -> int:
    """A tensor repeated to the sizes that it shall have."""
    extents = [graph.extent(sizes, step, pair) for sizes in wanted.dims]
    result = Result(
        name=pair.name,
        dtype=pair.type_name.lower(),
        dims=_result_dims(wanted.dims),
        quantization=graph.aligned.graph.tensors[pair.index].quantization,
    )
    return graph.emitter.broadcast(wanted.tensor, extents, result)


def _compact(graph: DynamicGraph, step: Step, pair: TensorPair) -> Compact:
    values = pair.values
    if values is None:
        raise unexplained(pair, step.label, "it is no list of plain numbers in the file")
    pattern = pattern_of(*values)
    if isinstance(pattern, Irregular):
        raise unexplained(pair, step.label, pattern.reason)
    return _computed(graph, step, pair, pattern)


def _computed(
    graph: DynamicGraph, step: Step, pair: TensorPair, pattern: RegularPattern
) -> Compact:
    match pattern:
        case Repeated():
            tensor = graph.editor.resized(pair.index, pattern.values)
            return Compact(tensor=tensor, dims=_fixed(pattern.values.shape))
        case Merged():
            return _merged(graph, step, pair, pattern)
        case _:
            if pair.type_name not in (_CHOICES if isinstance(pattern, Band) else _NUMBERS):
                raise unexplained(pair, step.label, "a run cannot compute numbers of this type")
            return _numbers(graph, step, pair, pattern)


def _numbers(
    graph: DynamicGraph,
    step: Step,
    pair: TensorPair,
    pattern: Elements | Counting | Everywhere | Partly | Band,
) -> Compact:
    match pattern:
        case Elements():
            return _elements(graph, step, pair, pattern)
        case Counting():
            return _counting(graph, step, pair, pattern)
        case Everywhere():
            return _everywhere(graph, step, pair, pattern)
        case Partly():
            return _partly(graph, step, pair, pattern)
        case Band():
            return _mask(graph, step, pair, pattern)
        case _:
            assert_never(pattern)


def _elements(graph: DynamicGraph, step: Step, pair: TensorPair, pattern: Elements) -> Compact:
    extents = [graph.extent(sizes, step, pair) for sizes in pattern.elements]
    tensor = graph.emitter.vector(extents, pair.type_name.lower())
    return Compact(tensor=tensor, dims=_fixed([len(extents)]))


def _counting(graph: DynamicGraph, step: Step, pair: TensorPair, pattern: Counting) -> Compact:
    """Places along an axis, times the step, plus the start."""
    dtype, axis, rank = pair.type_name.lower(), pattern.axis, len(pair.dims)
    tensor = graph.emitter.counting(graph.size(pair.dims[axis], step, pair), dtype)
    if rank > 1:
        tensor = graph.emitter.reshaped(
            tensor, [-1 if at == axis else 1 for at in range(rank)], dtype
        )
    dims = list(_fixed([1] * rank))
    dims[axis] = pair.dims[axis]
    found = Compact(tensor=tensor, dims=tuple(dims))
    for kernel, part, neutral in ((Kernel.MUL, pattern.step, 1), (Kernel.ADD, pattern.start, 0)):
        if not (isinstance(part, Repeated) and np.all(part.values == neutral)):
            other = _computed(graph, step, pair, part)
            found = _combined(graph, kernel, (found, other), dtype)
    return found


def _combined(
    graph: DynamicGraph, kernel: Kernel, sides: tuple[Compact, Compact], dtype: str
) -> Compact:
    """Two constants, each repeated along the axes that it has size 1 on, added or multiplied."""
    dims = tuple(
        one if one != (1, 1) else other
        for one, other in zip(*(side.dims for side in sides), strict=True)
    )
    result = Result(name="dynamic/numbers", dtype=dtype, dims=_result_dims(dims))
    tensor = graph.editor.add(kernel, [side.tensor for side in sides], result)
    return Compact(tensor=tensor, dims=dims)


def _everywhere(graph: DynamicGraph, step: Step, pair: TensorPair, pattern: Everywhere) -> Compact:
    dtype, shape = pair.type_name.lower(), [1] * len(pair.dims)
    size = graph.size(pattern.count, step, pair)
    tensor = graph.emitter.number(size, dtype, inverse=pattern.inverse)
    if shape:
        tensor = graph.emitter.reshaped(tensor, shape, dtype)
    return Compact(tensor=tensor, dims=_fixed(shape))


def _partly(graph: DynamicGraph, step: Step, pair: TensorPair, pattern: Partly) -> Compact:
    """A choice between the number and fixed ones."""
    dtype, shape = pair.type_name.lower(), pattern.places.shape
    number = graph.emitter.number(graph.size(pattern.count, step, pair), dtype)
    places = graph.editor.constant(pattern.places, "places")
    values = graph.editor.constant(pattern.values, "values")
    result = Result(name="dynamic/numbers", dtype=dtype, dims=shape)
    tensor = graph.editor.add(Kernel.SELECT_V2, [places, number, values], result)
    return Compact(tensor=tensor, dims=_fixed(shape))


def _merged(graph: DynamicGraph, step: Step, pair: TensorPair, pattern: Merged) -> Compact:
    """The values with two axes, repeated to all their sizes and reshaped to have one."""
    axis, shapes = pattern.axis, (pair.first_shape, pair.second_shape)
    first, second = (
        taken_apart(shape, axis, pattern.apart, side) for side, shape in enumerate(shapes)
    )
    apart = attrs.evolve(pair, first_shape=first, second_shape=second)
    compact = _computed(graph, step, apart, pattern.pattern)
    dims = (*compact.dims[:axis], *pattern.apart, *compact.dims[axis + 2 :])
    tensor = _wide(graph, step, apart, Compact(tensor=compact.tensor, dims=dims))
    merged = (*dims[:axis], pair.dims[axis], *dims[axis + 2 :])
    extents = [graph.extent(sizes, step, pair) for sizes in merged]
    result = Result(name=pair.name, dtype=pair.type_name.lower(), dims=_result_dims(merged))
    inputs = [tensor, graph.emitter.vector(extents)]
    return Compact(tensor=graph.editor.add(Kernel.RESHAPE, inputs, result), dims=merged)


def _mask(graph: DynamicGraph, step: Step, pair: TensorPair, pattern: Band) -> Compact:
    axes = pattern.row, pattern.column
    dims = tuple(sizes if at in axes else (1, 1) for at, sizes in enumerate(pair.dims))
    extents = [
        _along(graph, step, pair, axis) if axis in axes else 1 for axis in range(len(pair.dims))
    ]
    if pattern.low is None or pattern.high is None:
        graph.editor.model.has_open_masks = True
    tensor = MaskEmitter(graph.editor, graph.emitter).band(pattern, extents)
    return Compact(tensor=tensor, dims=dims)


def _along(graph: DynamicGraph, step: Step, pair: TensorPair, axis: int) -> Extent:
    """A constant's size along an axis, as another input has it that the constant goes with."""
    sizes, back = pair.dims[axis], len(pair.dims) - axis
    if step.code in _BROADCASTING and graph.sizes.is_shared(sizes):
        for other in graph.results_near(step):
            if _size_from_end(other, back) == sizes:
                return Size((Dim(other.index, len(other.dims) - back),))
    return graph.extent(sizes, step, pair)


def _result_dims(dims: Sequence[Sizes]) -> tuple[int | None, ...]:
    return tuple(one if one == other else None for one, other in dims)


def _fixed(shape: Sequence[int]) -> tuple[Sizes, ...]:
    return tuple((size, size) for size in shape)


def _repeats(graph: DynamicGraph, step: Step, pair: TensorPair, compact: Compact) -> bool:
    """Whether an operator repeats a compact constant itself, to the sizes of its other inputs."""
    if step.code not in _BROADCASTING:
        return False
    (result,) = (graph.aligned.tensors[index] for index in step.outputs)
    if len(result.dims) > _BROADCAST_RANK:
        return False
    others = graph.results_near(step)
    return all(
        any(_size_from_end(other, back) == sizes for other in others)
        for back, (sizes, short) in enumerate(
            zip(reversed(pair.dims), reversed(compact.dims), strict=True), 1
        )
        if sizes != short
    )


def _size_from_end(pair: TensorPair, back: int) -> Sizes | None:
    return pair.dims[-back] if back <= len(pair.dims) else None
