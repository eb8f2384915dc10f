"""Find which dimension of which tensor a size is, from its value in each of several files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from litert_ir.conversion.stablehlo.generalisation.aligned import AlignedTensor, Sizes
from litert_ir.conversion.stablehlo.generalisation.size_forms import derived
from litert_ir.conversion.stablehlo.generalisation.sizes import Dim, Size, dims_of


class SizeFinder:
    """Explains sizes by the dimensions of the tensors that are there at a place of a graph.

    Args:
        inputs: The graph's inputs.
    """

    def __init__(self, inputs: Iterable[AlignedTensor]) -> None:
        self._inputs = dims_of(inputs)
        self._results: dict[Sizes, Dim] = {}

    def add_results(self, results: Iterable[AlignedTensor]) -> None:
        """Take note of what an operator computes; later operators may refer to it."""
        for sizes, dim in dims_of(results).items():
            self._results.setdefault(sizes, dim)

    def find(self, sizes: Sizes, near: Sequence[AlignedTensor] = ()) -> Size | None:
        """The size that has these values in the files.

        A dimension with exactly these sizes is preferred, of the graph's inputs before those
        near by before any other, so that operators share what they read. Then come the forms of
        `litert_ir.conversion.stablehlo.generalisation.size_forms`.

        Args:
            sizes: Its value in each file, not the same in all.
            near: The other tensors of the operator that the size is for.
        """
        local = dims_of(near)
        for known in (self._inputs, local, self._results):
            if sizes in known:
                return Size((known[sizes],))
        return derived(sizes, {**self._inputs, **local, **self._inputs}, self._results)
