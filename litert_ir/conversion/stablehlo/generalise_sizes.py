"""Find which dimension of which tensor a size is, from its values in two files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

import attrs

from litert_ir.conversion.stablehlo.generalise_pairs import Sizes, TensorPair
from litert_ir.errors import NotGeneralError


@attrs.frozen
class Dim:
    """The size that one axis of a tensor has when the file runs."""

    tensor: int
    axis: int


@attrs.frozen
class Size:
    """A size that a run computes: the product of ``dims``, ``* times // over + plus``."""

    dims: tuple[Dim, ...] = attrs.field(validator=attrs.validators.min_len(1))
    times: int = attrs.field(default=1, kw_only=True)
    over: int = attrs.field(default=1, kw_only=True)
    plus: int = attrs.field(default=0, kw_only=True)

    @property
    def work(self) -> int:
        """How much a run has to compute, beyond reading one dimension."""
        steps = (self.times != 1) + 2 * (self.over != 1) + (self.plus != 0)
        return steps + len(self.dims) - 1


def dims_of(pairs: Iterable[TensorPair]) -> dict[Sizes, Dim]:
    """The dynamic dimensions of some tensors, each pair of sizes once, the first one found."""
    found: dict[Sizes, Dim] = {}
    for pair in pairs:
        for axis, sizes in enumerate(pair.dims):
            if sizes[0] != sizes[1] and not pair.is_constant:
                found.setdefault(sizes, Dim(pair.index, axis))
    return found


class SizeFinder:
    """Explains sizes by the dimensions of the tensors that are there at a place of a graph.

    Args:
        inputs: The graph's inputs.
    """

    def __init__(self, inputs: Iterable[TensorPair]) -> None:
        self._inputs = dims_of(inputs)
        self._results: dict[Sizes, Dim] = {}

    def add_results(self, results: Iterable[TensorPair]) -> None:
        """Take note of what an operator computes; later operators may refer to it."""
        for sizes, dim in dims_of(results).items():
            self._results.setdefault(sizes, dim)

    def find(self, sizes: Sizes, near: Sequence[TensorPair] = ()) -> Size | None:
        """The size that has these values in the two files.

        A dimension with exactly these sizes is preferred, of the graph's inputs before those
        near by before any other, so that operators share what they read. Then come multiples,
        products of two dimensions, quotients, and the last index along a dimension.

        Args:
            sizes: Two different values.
            near: The other tensors of the operator that the size is for.
        """
        local = dims_of(near)
        for known in (self._inputs, local, self._results):
            if sizes in known:
                return Size((known[sizes],))
        return next(_derived(sizes, {**self._inputs, **local, **self._inputs}), None)


def check_sizes(inputs: Iterable[TensorPair]) -> None:
    """Refuse inputs whose dynamic dimensions have sizes that cannot be told apart.

    Raises:
        NotGeneralError: When a size is below 2, or two dimensions have the same ratio of sizes.
    """
    known: dict[Fraction, Sizes] = {}
    for sizes in dims_of(inputs):
        if min(sizes) < 2:
            raise _bad_sizes("2 or more", f"{sizes[0]} and {sizes[1]}")
        other = known.setdefault(Fraction(*sizes), sizes)
        if other != sizes:
            raise _bad_sizes("another ratio for each dimension", f"{other} and {sizes}")


def _bad_sizes(expected: str, received: str) -> NotGeneralError:
    return NotGeneralError(
        "The sizes of the dynamic dimensions do not show what depends on which.",
        where="the graph's inputs",
        expected=expected,
        received=received,
        advice="convert the model with other sizes, such as 2 and 3, 7 and 11, 13 and 17",
    )


def multiple(sizes: Sizes, base: Sizes) -> int | None:
    """How many times the base the sizes are, in both files alike."""
    first, second = base
    if first < 1 or second < 1 or sizes[0] % first or sizes[1] % second:
        return None
    times = sizes[0] // first
    return times if times > 0 and times == sizes[1] // second else None


def _derived(sizes: Sizes, known: Mapping[Sizes, Dim]) -> Iterator[Size]:
    yield from _multiples(sizes, known)
    yield from _products(sizes, known)
    yield from _quotients(sizes, known)
    before = known.get((sizes[0] + 1, sizes[1] + 1))
    if before is not None:
        yield Size((before,), plus=-1)


def _multiples(sizes: Sizes, known: Mapping[Sizes, Dim]) -> Iterator[Size]:
    for base, dim in known.items():
        times = multiple(sizes, base)
        if times is not None:
            yield Size((dim,), times=times)


def _products(sizes: Sizes, known: Mapping[Sizes, Dim]) -> Iterator[Size]:
    for (one, dim), (other, second) in combinations_with_replacement(known.items(), 2):
        times = multiple(sizes, (one[0] * other[0], one[1] * other[1]))
        if times is not None:
            yield Size((dim, second), times=times)


def _quotients(sizes: Sizes, known: Mapping[Sizes, Dim]) -> Iterator[Size]:
    for base, dim in known.items():
        over = multiple(base, sizes)
        if over is not None:
            yield Size((dim,), over=over)
