"""Slice the leading part of a table, such as learned positions, to the size of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litert_ir.backends.litert.additions import Kernel
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import (
    AlignedTensor,
    Inline,
    Outside,
    is_fixed,
)
from litert_ir.stablehlo.dynamic_shapes.alignment import Step
from litert_ir.stablehlo.dynamic_shapes.editor import Result
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph

_UNUSED = 0
"""The end of a slice whose mask says that it ends with the axis."""


def leading_part(graph: DynamicGraph, step: Step, constant: AlignedTensor) -> int | None:
    """Replace a constant that is the leading part of a larger one by a slice of that.

    One of the files has the table as far as any run reads it: the one with the largest sizes.

    Args:
        graph: The graph of the operator; gets a slice.
        step: The operator that takes the constant.
        constant: The constant, in the file or elsewhere.

    Returns:
        A tensor of the constant's shape; None where the constant is no such part.
    """
    axes = [axis for axis, sizes in enumerate(constant.dims) if not is_fixed(sizes)]
    file = max(range(len(constant.shapes)), key=lambda at: constant.shapes[at])
    if not axes or not _leads(constant, file):
        return None
    if not all(graph.sizes.is_largest(constant.dims[axis], file) for axis in axes):
        return None
    ends: list[Extent] = [
        graph.size(sizes, step, constant) if axis in axes else _UNUSED
        for axis, sizes in enumerate(constant.dims)
    ]
    return _sliced(graph, constant, file, ends)


def _leads(constant: AlignedTensor, file: int) -> bool:
    """Tell whether a constant is everywhere the leading part of its value in one of the files."""
    first, *others = constant.contents
    if isinstance(first, Outside):
        return all(content == first for content in others)
    if not all(isinstance(content, Inline) for content in constant.contents):
        return False
    values = constant.values
    return values is not None and all(
        np.array_equal(_bytes(values[file][tuple(map(slice, part.shape))]), _bytes(part))
        for part in values
    )


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(np.uint8)


def _sliced(graph: DynamicGraph, constant: AlignedTensor, file: int, ends: Sequence[Extent]) -> int:
    editor, rank = graph.editor, len(ends)
    values = constant.values
    if values is None:
        table = editor.reshaped(constant.index, constant.shapes[file])
    else:
        table = editor.resized(constant.index, values[file])
    dynamic = [not isinstance(end, int) for end in ends]
    result = Result(
        name=constant.name,
        dtype=constant.dtype,
        dims=tuple(
            None if varies else size
            for varies, size in zip(dynamic, constant.shapes[file], strict=True)
        ),
        quantization=graph.aligned.graph.tensors[constant.index].quantization,
    )
    places = [graph.emitter.vector(each) for each in ([0] * rank, ends, [1] * rank)]
    mask = sum(1 << axis for axis, varies in enumerate(dynamic) if not varies)
    return editor.add(Kernel.STRIDED_SLICE, [table, *places], result, endMask=mask)
