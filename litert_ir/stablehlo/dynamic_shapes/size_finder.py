"""Find which dimension of which tensor a size is, from its value in each of several files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Dim, Size, dims_of
from litert_ir.stablehlo.dynamic_shapes.size_forms import derived


class SizeFinder:
    """Explains sizes by the dimensions of the tensors that are there at a place of a graph.

    Args:
        inputs: The graph's inputs.
        maxima: The largest size of each dimension that has one, by its sizes in the files.
    """

    def __init__(
        self, inputs: Iterable[AlignedTensor], maxima: Mapping[Sizes, int] = MappingProxyType({})
    ) -> None:
        self._inputs = dims_of(inputs)
        self._maxima = maxima
        self._results: dict[Sizes, Dim] = {}

    def add_results(self, results: Iterable[AlignedTensor]) -> None:
        """Take note of what an operator computes; later operators may refer to it."""
        for sizes, dim in dims_of(results).items():
            self._results.setdefault(sizes, dim)

    def find(self, sizes: Sizes, near: Sequence[AlignedTensor] = ()) -> Size | None:
        """The size that has these values in the files.

        A dimension with exactly these sizes is preferred, of the graph's inputs before those
        near by before any other, so that operators share what they read. Then come the forms of
        `litert_ir.stablehlo.dynamic_shapes.size_forms`.

        Args:
            sizes: Its value in each file, not the same in all.
            near: The other tensors of the operator that the size is for.
        """
        local = dims_of(near)
        known = {**self._inputs, **local, **self._inputs}
        return self.same(sizes, near) or derived(sizes, known, self._results)

    def same(self, sizes: Sizes, near: Sequence[AlignedTensor] = ()) -> Size | None:
        """The dimension that has these values in the files; see `find`."""
        for known in (self._inputs, dims_of(near), self._results):
            if sizes in known:
                return Size((known[sizes],))
        return None

    def is_largest(self, sizes: Sizes, file: int) -> bool:
        """Whether a size is in one of the files the largest that it can be in any run.

        Args:
            sizes: Its value in each file.
            file: Which file.
        """
        found = Size((self._inputs[sizes],)) if sizes in self._inputs else None
        found = found or derived(sizes, self._inputs, {})
        if found is None or max(sizes) != sizes[file]:
            return False
        of_inputs = {dim: each for each, dim in self._inputs.items()}
        read = [of_inputs[dim] for dim in found.leaves]
        return all(self._maxima.get(each) == each[file] for each in read)
