"""Operators that take sizes in a constant, of which the kernel can compute some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import attrs

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import (
    AlignedTensor,
    Sizes,
    elements_of,
    is_fixed,
)
from litert_ir.stablehlo.dynamic_shapes.alignment import Step
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Dim, Size
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent
from litert_ir.stablehlo.dynamic_shapes.fixed_dimensions import not_general, unexplained
from litert_ir.stablehlo.dynamic_shapes.graph import DynamicGraph
from litert_ir.stablehlo.dynamic_shapes.size_finder import affine
from litert_ir.stablehlo.dynamic_shapes.slices import (
    generalize_slice,
    generalize_strided_slice,
)

_REST = -1
"""The placeholder of a size that the kernel computes from the others."""

Rule = Callable[[DynamicGraph, Step], None]
"""Rewrites an operator's inputs; constants that a rule leaves are replaced by their values."""


def generalize_reshape(graph: DynamicGraph, step: Step) -> None:
    """Generalize RESHAPE, which takes the sizes of its result; the kernel can compute one."""
    if not step.has_same_options:
        step.operator.builtinOptions, step.operator.builtinOptionsType = None, 0
    result = graph.aligned.tensors[step.outputs[0]]
    shape = graph.input(step, 1) if len(step.inputs) > 1 else result
    if shape.is_general and (shape is not result or step.has_same_options):
        return
    extents = _with_rest(graph, step, result.dims, shape)
    step.replace_inputs([step.inputs[0], graph.emitter.vector(extents)])


def _with_rest(
    graph: DynamicGraph, step: Step, dims: Sequence[Sizes], constant: AlignedTensor
) -> list[Extent]:
    """The sizes, with the most expensive one left to the kernel."""
    near = graph.results_near(step)
    dynamic = [axis for axis, sizes in enumerate(dims) if not is_fixed(sizes)]
    found = {axis: graph.sizes.find(dims[axis], near) for axis in dynamic}
    unknown = [axis for axis, size in found.items() if size is None]
    if len(unknown) > 1:
        raise unexplained(constant, step.label, "the kernel can compute only one of its sizes")
    rest = max(dynamic, key=lambda axis: (axis in unknown, _work(found[axis]), axis), default=None)
    return [
        _REST if axis == rest else found.get(axis) or sizes[0] for axis, sizes in enumerate(dims)
    ]


def _work(size: Size | None) -> int:
    return 0 if size is None else size.work


def generalize_split(graph: DynamicGraph, step: Step) -> None:
    """Generalize SPLIT_V, which takes the sizes of its results; the kernel can compute one."""
    lengths, axis = graph.input(step, 1), graph.constants(step, 2)
    if lengths.is_general or axis is None:
        return
    ((at, *_),) = elements_of(axis[0])
    dims = [graph.aligned.tensors[result].dims[at] for result in step.outputs]
    extents = _with_rest(graph, step, dims, lengths)
    step.replace_input(1, graph.emitter.vector(extents, lengths.dtype))


def refuse_blocks(graph: DynamicGraph, step: Step) -> None:
    """Refuse a dynamic dimension of SPACE_TO_BATCH_ND, whose paddings complete its blocks.

    Paddings that are right for some sizes are wrong for those between them.

    Raises:
        NotGeneralError: When it divides a dynamic dimension.
    """
    data, blocks = graph.input(step, 0), graph.input(step, 1)
    lengths = [block for block, *_ in elements_of(blocks)]
    divided = zip(lengths, data.dims[1:], strict=False)
    if any(block > 1 and not is_fixed(sizes) for block, sizes in divided):
        raise not_general(
            "An operator divides a dynamic dimension into blocks of a fixed size.",
            where=step.label,
            received=f"blocks of {lengths} in a tensor of shape {data.shapes[0]}",
        )


@attrs.frozen(kw_only=True)
class Scaling:
    """An operator whose sizes input is a multiple of the sizes of its own data.

    Attributes:
        data: The position of the data among the inputs.
        sizes: The position of the sizes.
        axis: The axis of the data that the first size is for.
        may_add: Whether a size may also be a multiple plus a fixed number.
    """

    data: int
    sizes: int
    axis: int
    may_add: bool

    def __call__(self, graph: DynamicGraph, step: Step) -> None:
        """Compute the sizes from the data's."""
        data, sizes = graph.input(step, self.data), graph.input(step, self.sizes)
        if sizes.is_general or sizes.values is None:
            return
        extents = [
            self._from_data(data, axis, wanted) or graph.extent(wanted, step, sizes)
            for axis, wanted in enumerate(elements_of(sizes), self.axis)
        ]
        step.replace_input(self.sizes, graph.emitter.vector(extents, sizes.dtype))

    def _from_data(self, data: AlignedTensor, axis: int, wanted: Sizes) -> Size | None:
        base = data.dims[axis]
        is_own = not (is_fixed(base) or is_fixed(wanted) or data.is_constant)
        found = affine(wanted, base) if is_own and wanted != base else None
        if found is None or (found[1] and not self.may_add):
            return None
        times, plus = found
        return Size((Dim(data.index, axis),), times=times, plus=plus)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "RESHAPE": generalize_reshape,
        "SLICE": generalize_slice,
        "STRIDED_SLICE": generalize_strided_slice,
        "SPLIT_V": generalize_split,
        "SPACE_TO_BATCH_ND": refuse_blocks,
        "RESIZE_BILINEAR": Scaling(data=0, sizes=1, axis=1, may_add=False),
        "RESIZE_NEAREST_NEIGHBOR": Scaling(data=0, sizes=1, axis=1, may_add=False),
        "TRANSPOSE_CONV": Scaling(data=2, sizes=0, axis=0, may_add=True),
        "CONV_3D_TRANSPOSE": Scaling(data=2, sizes=0, axis=0, may_add=True),
    }
)
"""The rewrite of an operator before its other constants are looked at."""
