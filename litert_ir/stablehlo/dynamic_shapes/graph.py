"""A graph that is being made dynamic: the state that its rewrite rules read and write."""

from __future__ import annotations

import attrs

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes, is_fixed
from litert_ir.stablehlo.dynamic_shapes.alignment import AlignedGraph, Step
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Size
from litert_ir.stablehlo.dynamic_shapes.editor import GraphEditor
from litert_ir.stablehlo.dynamic_shapes.emitter import Extent, SizeEmitter
from litert_ir.stablehlo.dynamic_shapes.fixed_dimensions import unexplained
from litert_ir.stablehlo.dynamic_shapes.size_finder import SizeFinder


@attrs.frozen(kw_only=True, eq=False)
class DynamicGraph:
    """A graph of all files and the tools that rewrite it, at the place of one operator.

    Attributes:
        aligned: The graph in all files.
        editor: Adds constants and operators.
        emitter: Adds operators that compute sizes.
        sizes: Knows the tensors that are there.
    """

    aligned: AlignedGraph
    editor: GraphEditor
    emitter: SizeEmitter
    sizes: SizeFinder

    def tensor(self, index: int) -> AlignedTensor | None:
        """A tensor of all files; None for one that is left out or was added here."""
        return self.aligned.tensors.get(index)

    def input(self, step: Step, position: int) -> AlignedTensor:
        """An aligned tensor that an operator takes at a position."""
        return self.aligned.tensors[step.inputs[position]]

    def constants(self, step: Step, *positions: int) -> tuple[AlignedTensor, ...] | None:
        """Return an operator's constants at some positions; None unless the files hold all."""
        tensors = tuple(self.input(step, position) for position in positions)
        return tensors if all(tensor.values is not None for tensor in tensors) else None

    def results_near(self, step: Step) -> list[AlignedTensor]:
        """The computed tensors that an operator takes."""
        tensors = [self.tensor(index) for index in step.inputs]
        return [tensor for tensor in tensors if tensor is not None and not tensor.is_constant]

    def size(self, sizes: Sizes, step: Step, constant: AlignedTensor) -> Size:
        """Find the size that has these values.

        Args:
            sizes: Its value in each file.
            step: The operator that needs it.
            constant: The input of the operator that holds the sizes, or has them.

        Raises:
            NotGeneralError: When nothing explains them.
        """
        found = self.sizes.find(sizes, self.results_near(step))
        if found is None:
            raise unexplained(constant, step.label, "no tensor at this place has such a dimension")
        return found

    def extent(self, sizes: Sizes, step: Step, constant: AlignedTensor) -> Extent:
        """Find a size that every run has, fixed or computed; see `size`."""
        return sizes[0] if is_fixed(sizes) else self.size(sizes, step, constant)
