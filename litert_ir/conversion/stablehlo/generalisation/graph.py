"""A graph on its way to hold for every size: what its rules read and write."""

from __future__ import annotations

import attrs

from litert_ir.conversion.stablehlo.generalisation.alignment import AlignedGraph, Step
from litert_ir.conversion.stablehlo.generalisation.editor import GraphEditor
from litert_ir.conversion.stablehlo.generalisation.emitter import Extent, SizeEmitter
from litert_ir.conversion.stablehlo.generalisation.failures import unexplained
from litert_ir.conversion.stablehlo.generalisation.pairs import Sizes, TensorPair
from litert_ir.conversion.stablehlo.generalisation.sizes import Size, SizeFinder


@attrs.frozen(kw_only=True, eq=False)
class DynamicGraph:
    """A graph of both files and the tools that rewrite it, at the place of one operator.

    Attributes:
        aligned: The graph in both files.
        editor: Adds constants and operators.
        emitter: Adds operators that compute sizes.
        sizes: Knows the tensors that are there.
    """

    aligned: AlignedGraph
    editor: GraphEditor
    emitter: SizeEmitter
    sizes: SizeFinder

    def pair(self, index: int) -> TensorPair | None:
        """A tensor of both files; None for one that is left out or was added here."""
        return self.aligned.tensors.get(index)

    def input(self, step: Step, position: int) -> TensorPair:
        """A tensor of both files that an operator takes at a position."""
        return self.aligned.tensors[step.inputs[position]]

    def constants(self, step: Step, *positions: int) -> tuple[TensorPair, ...] | None:
        """What an operator takes at some positions, if the files hold the values of all of it."""
        pairs = tuple(self.input(step, position) for position in positions)
        return pairs if all(pair.values is not None for pair in pairs) else None

    def results_near(self, step: Step) -> list[TensorPair]:
        """The tensors that an operator takes and that are computed."""
        pairs = [self.pair(index) for index in step.inputs]
        return [pair for pair in pairs if pair is not None and not pair.is_constant]

    def size(self, sizes: Sizes, step: Step, constant: TensorPair) -> Size:
        """The size that has these two values.

        Args:
            sizes: Its values in both files.
            step: The operator that needs it.
            constant: The input of the operator that holds the sizes, or has them.

        Raises:
            NotGeneralError: When nothing explains them.
        """
        found = self.sizes.find(sizes, self.results_near(step))
        if found is None:
            raise unexplained(constant, step.label, self.sizes.why_unknown(sizes))
        return found

    def extent(self, sizes: Sizes, step: Step, constant: TensorPair) -> Extent:
        """What a size is for every run; see `size`."""
        return sizes[0] if sizes[0] == sizes[1] else self.size(sizes, step, constant)
