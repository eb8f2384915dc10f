"""The positions of the nearest elements, which a resize takes along an axis, for every size."""

from __future__ import annotations

import numpy as np

from litert_ir.backends.jax.nearest_samples import nearest_places
from litert_ir.backends.litert.additions import Kernel
from litert_ir.backends.litert.schema import type_number
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes
from litert_ir.stablehlo.dynamic_shapes.alignment import Step
from litert_ir.stablehlo.dynamic_shapes.editor import Result
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph

_INDEX, _FLOAT = "int32", "float32"


def general_places(graph: DynamicGraph, step: Step, constant: AlignedTensor) -> int | None:
    """Replace a constant of nearest positions by a tensor for every size.

    Args:
        graph: The graph of the operator; gets operators that compute them.
        step: The operator that takes the constant.
        constant: The constant.

    Returns:
        A tensor of the constant's shape; None where the constant holds something else.
    """
    if step.code != "GATHER" or step.inputs[1] != constant.index:
        return None
    before = graph.input(step, 0).dims[step.operator.builtinOptions.axis]
    if not _is_nearest(constant, before):
        return None
    (after,) = constant.dims
    return _computed(
        graph, graph.extent(before, step, constant), graph.extent(after, step, constant)
    )


def _is_nearest(constant: AlignedTensor, before: Sizes) -> bool:
    values = constant.values
    if values is None or constant.dtype != _INDEX or len(constant.dims) != 1:
        return False
    sides = zip(values, before, strict=True)
    return all(np.array_equal(each, nearest_places(size, len(each))) for each, size in sides)


def _computed(graph: DynamicGraph, before: Extent, after: Extent) -> int:
    """Compute `nearest_places` in the same steps, as each of them rounds."""
    add, dims = graph.editor.add, (after if isinstance(after, int) else None,)
    inverse = add(Kernel.DIV, [_number(graph, 1), _number(graph, after)], _result(()))
    ratio = add(Kernel.MUL, [_number(graph, before), inverse], _result(()))
    scaled = add(Kernel.MUL, [_middles(graph, after), ratio], _result(dims))
    types = {"inDataType": type_number(_FLOAT), "outDataType": type_number(_INDEX)}
    return add(Kernel.CAST, [scaled], _result(dims, _INDEX), **types)


def _middles(graph: DynamicGraph, count: Extent) -> int:
    """The centers of that many elements."""
    if isinstance(count, int):
        return graph.editor.constant(np.arange(count, dtype=_FLOAT) + np.float32(0.5), "middles")
    places = graph.emitter.counting(count, _FLOAT)
    half = graph.editor.constant(np.array(0.5, _FLOAT), "number")
    return graph.editor.add(Kernel.ADD, [places, half], _result((None,)))


def _number(graph: DynamicGraph, extent: Extent) -> int:
    if isinstance(extent, int):
        return graph.editor.constant(np.array(extent, _FLOAT), "number")
    return graph.emitter.number(extent, _FLOAT)


def _result(dims: tuple[int | None, ...], dtype: str = _FLOAT) -> Result:
    return Result(name="dynamic/nearest", dtype=dtype, dims=dims)
