"""Replace constants that depend on the sizes by tensors that are computed for every size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import attrs
import numpy as np

from litert_ir.backends.litert.additions import Kernel
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes, is_fixed
from litert_ir.stablehlo.dynamic_shapes.alignment import Step
from litert_ir.stablehlo.dynamic_shapes.bands import Band, MaskEmitter
from litert_ir.stablehlo.dynamic_shapes.editor import Result
from litert_ir.stablehlo.dynamic_shapes.fixed_dimensions import unexplained
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph
from litert_ir.stablehlo.dynamic_shapes.nearest_neighbors import general_places
from litert_ir.stablehlo.dynamic_shapes.sliced_tables import leading_part
from litert_ir.stablehlo.dynamic_shapes.value_patterns import (
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
"""The greatest rank at which every kernel of these operators broadcasts its inputs."""
_NUMBERS = ("int32", "int64", "float32")
_CHOICES = (*_NUMBERS, "bool")


@attrs.frozen(kw_only=True)
class Compact:
    """A constant for every size, with size 1 along the axes that it is broadcast on.

    Attributes:
        tensor: The tensor that holds it.
        dims: Its sizes in each file.
    """

    tensor: int
    dims: tuple[Sizes, ...]


def general_constant(graph: DynamicGraph, step: Step, constant: AlignedTensor) -> int:
    """Replace a constant that depends on the sizes by a tensor for every size.

    Args:
        graph: The graph of the operator; gets operators that compute the values.
        step: The operator that takes it.
        constant: The constant.

    Returns:
        A tensor with the constant's shape; or with size 1 along some axes, where the operator
        repeats its inputs itself and another input has the size.

    Raises:
        NotGeneralError: When the values do not tell what they are for other sizes.
    """
    part = general_places(graph, step, constant)
    if part is None and _varies_like_a_table(constant):
        part = leading_part(graph, step, constant)
    if part is not None:
        return part
    compact = _compact(graph, step, constant)
    if compact.dims == constant.dims or _repeats(graph, step, constant, compact):
        return compact.tensor
    return _wide(graph, step, constant, Compact(tensor=compact.tensor, dims=constant.dims))


def _varies_like_a_table(constant: AlignedTensor) -> bool:
    """Tell whether a constant has dynamic dimensions along which nothing extrapolates it."""
    values = constant.values
    return constant.has_dynamic_dims and (
        values is None or isinstance(pattern_of(*values), Irregular)
    )


def _wide(graph: DynamicGraph, step: Step, constant: AlignedTensor, wanted: Compact) -> int:
    """A tensor broadcast to its full sizes."""
    extents = [graph.extent(sizes, step, constant) for sizes in wanted.dims]
    result = Result(
        name=constant.name,
        dtype=constant.dtype,
        dims=_result_dims(wanted.dims),
        quantization=graph.aligned.graph.tensors[constant.index].quantization,
    )
    return graph.emitter.broadcast(wanted.tensor, extents, result)


def _compact(graph: DynamicGraph, step: Step, constant: AlignedTensor) -> Compact:
    values = constant.values
    if values is None:
        raise unexplained(constant, step.label, "it is no list of plain numbers in the file")
    pattern = pattern_of(*values)
    if isinstance(pattern, Irregular):
        raise unexplained(constant, step.label, pattern.reason)
    return _computed(graph, step, constant, pattern)


def _computed(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: RegularPattern
) -> Compact:
    match pattern:
        case Repeated():
            tensor = graph.editor.resized(constant.index, pattern.values)
            return Compact(tensor=tensor, dims=constant.fixed(pattern.values.shape))
        case Merged():
            return _merged(graph, step, constant, pattern)
        case _:
            if constant.dtype not in (_CHOICES if isinstance(pattern, Band) else _NUMBERS):
                raise unexplained(constant, step.label, "a run cannot compute numbers of this type")
            return _numbers(graph, step, constant, pattern)


def _numbers(
    graph: DynamicGraph,
    step: Step,
    constant: AlignedTensor,
    pattern: Elements | Counting | Everywhere | Partly | Band,
) -> Compact:
    match pattern:
        case Elements():
            return _elements(graph, step, constant, pattern)
        case Counting():
            return _counting(graph, step, constant, pattern)
        case Everywhere():
            return _everywhere(graph, step, constant, pattern)
        case Partly():
            return _partly(graph, step, constant, pattern)
        case Band():
            return _mask(graph, step, constant, pattern)
        case _:
            assert_never(pattern)


def _elements(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: Elements
) -> Compact:
    dtype, shape = constant.dtype, pattern.shape
    extents = [graph.extent(sizes, step, constant) for sizes in pattern.elements]
    tensor = graph.emitter.vector(extents, dtype)
    if len(shape) != 1:
        tensor = graph.emitter.reshaped(tensor, shape, dtype)
    return Compact(tensor=tensor, dims=constant.fixed(shape))


def _counting(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: Counting
) -> Compact:
    """Positions along an axis, times the step, plus the start."""
    dtype, axis, rank = constant.dtype, pattern.axis, len(constant.dims)
    tensor = graph.emitter.counting(graph.size(constant.dims[axis], step, constant), dtype)
    if rank > 1:
        tensor = graph.emitter.reshaped(
            tensor, [-1 if at == axis else 1 for at in range(rank)], dtype
        )
    dims = list(constant.fixed([1] * rank))
    dims[axis] = constant.dims[axis]
    found = Compact(tensor=tensor, dims=tuple(dims))
    for kernel, part, neutral in ((Kernel.MUL, pattern.step, 1), (Kernel.ADD, pattern.start, 0)):
        if not (isinstance(part, Repeated) and np.all(part.values == neutral)):
            other = _computed(graph, step, constant, part)
            found = _combined(graph, kernel, (found, other), dtype)
    return found


def _combined(
    graph: DynamicGraph, kernel: Kernel, sides: tuple[Compact, Compact], dtype: str
) -> Compact:
    """Two constants, each broadcast along its axes of size 1, added or multiplied."""
    dims = tuple(
        other if set(one) == {1} else one
        for one, other in zip(*(side.dims for side in sides), strict=True)
    )
    result = Result(name="dynamic/numbers", dtype=dtype, dims=_result_dims(dims))
    tensor = graph.editor.add(kernel, [side.tensor for side in sides], result)
    return Compact(tensor=tensor, dims=dims)


def _everywhere(
    graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: Everywhere
) -> Compact:
    dtype, shape = constant.dtype, [1] * len(constant.dims)
    size = graph.size(pattern.count, step, constant)
    tensor = graph.emitter.number(size, dtype)
    if (pattern.power, pattern.factor) != (1, 1):
        tensor = graph.emitter.power(tensor, pattern.power, pattern.factor)
    if shape:
        tensor = graph.emitter.reshaped(tensor, shape, dtype)
    return Compact(tensor=tensor, dims=constant.fixed(shape))


def _partly(graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: Partly) -> Compact:
    """A selection between the number and fixed ones."""
    dtype, shape = constant.dtype, pattern.places.shape
    number = graph.emitter.number(graph.size(pattern.count, step, constant), dtype)
    places = graph.editor.constant(pattern.places, "places")
    values = graph.editor.constant(pattern.values, "values")
    result = Result(name="dynamic/numbers", dtype=dtype, dims=shape)
    tensor = graph.editor.add(Kernel.SELECT_V2, [places, number, values], result)
    return Compact(tensor=tensor, dims=constant.fixed(shape))


def _merged(graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: Merged) -> Compact:
    """The values with two axes, broadcast to their full sizes and reshaped to one."""
    axis = pattern.axis
    shapes = tuple(
        taken_apart(shape, axis, pattern.apart, side) for side, shape in enumerate(constant.shapes)
    )
    apart = attrs.evolve(constant, shapes=shapes)
    compact = _computed(graph, step, apart, pattern.pattern)
    dims = (*compact.dims[:axis], *pattern.apart, *compact.dims[axis + 2 :])
    tensor = _wide(graph, step, apart, Compact(tensor=compact.tensor, dims=dims))
    merged = (*dims[:axis], constant.dims[axis], *dims[axis + 2 :])
    extents = [graph.extent(sizes, step, constant) for sizes in merged]
    result = Result(name=constant.name, dtype=constant.dtype, dims=_result_dims(merged))
    inputs = [tensor, graph.emitter.vector(extents)]
    return Compact(tensor=graph.editor.add(Kernel.RESHAPE, inputs, result), dims=merged)


def _mask(graph: DynamicGraph, step: Step, constant: AlignedTensor, pattern: Band) -> Compact:
    axes = pattern.row, pattern.column
    ones = constant.fixed([1] * len(constant.dims))
    dims = tuple(
        sizes if at in axes else one
        for at, (sizes, one) in enumerate(zip(constant.dims, ones, strict=True))
    )
    extents = [graph.extent(sizes, step, constant) for sizes in dims]
    if pattern.low is None or pattern.high is None:
        graph.editor.model.has_open_masks = True
    tensor = MaskEmitter(graph.editor, graph.emitter).band(pattern, extents)
    return Compact(tensor=tensor, dims=dims)


def _result_dims(dims: Sequence[Sizes]) -> tuple[int | None, ...]:
    return tuple(sizes[0] if is_fixed(sizes) else None for sizes in dims)


def _repeats(graph: DynamicGraph, step: Step, constant: AlignedTensor, compact: Compact) -> bool:
    """Tell whether an operator broadcasts a compact constant to the sizes of its other inputs."""
    if step.code not in _BROADCASTING:
        return False
    (result,) = (graph.aligned.tensors[index] for index in step.outputs)
    if len(result.dims) > _BROADCAST_RANK:
        return False
    others = graph.results_near(step)
    return all(
        any(_size_from_end(other, back) == sizes for other in others)
        for back, (sizes, short) in enumerate(
            zip(reversed(constant.dims), reversed(compact.dims), strict=True), 1
        )
        if sizes != short
    )


def _size_from_end(constant: AlignedTensor, back: int) -> Sizes | None:
    return constant.dims[-back] if back <= len(constant.dims) else None
