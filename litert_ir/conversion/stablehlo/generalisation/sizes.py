"""Find which dimension of which tensor a size is, from its values in two files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

import attrs

from litert_ir.conversion.stablehlo.generalisation.pairs import Sizes, TensorPair
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
        unclear: Ratios of sizes that do not tell which dimension they are of.
    """

    def __init__(
        self, inputs: Iterable[TensorPair], unclear: frozenset[Fraction] = frozenset()
    ) -> None:
        pairs = tuple(inputs)
        counts = Counter(sizes for pair in pairs for sizes in pair.dims if sizes[0] != sizes[1])
        self._shared = frozenset(sizes for sizes, times in counts.items() if times > 1)
        self._unclear = unclear
        self._inputs = self._clear_dims(pairs)
        self._results: dict[Sizes, Dim] = {}

    def add_results(self, results: Iterable[TensorPair]) -> None:
        """Take note of what an operator computes; later operators may refer to it."""
        pairs = tuple(results)
        if self._unclear:
            self._unclear |= unclear_ratios(pairs)
        for sizes, dim in self._clear_dims(pairs).items():
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
        local = self._clear_dims(near)
        for known in (self._inputs, local, self._results):
            if sizes in known:
                return Size((known[sizes],))
        return next(_derived(sizes, {**self._inputs, **local, **self._inputs}), None)

    def is_shared(self, sizes: Sizes) -> bool:
        """Whether several dimensions of the graph's inputs have these sizes.

        They may be one dimension or several, as of queries and keys: to read the size from
        the very tensor that needs it is right for both.
        """
        return sizes in self._shared

    def why_unknown(self, sizes: Sizes) -> str:
        """Why nothing is found for some sizes."""
        if sizes[1] and Fraction(*sizes) in self._unclear:
            return "an input has two dimensions of such sizes"
        return "no tensor at this place has such a dimension"

    def _clear_dims(self, pairs: Iterable[TensorPair]) -> dict[Sizes, Dim]:
        return {
            sizes: dim
            for sizes, dim in dims_of(pairs).items()
            if not sizes[1] or Fraction(*sizes) not in self._unclear
        }


def unclear_ratios(inputs: Iterable[TensorPair]) -> frozenset[Fraction]:
    """The ratios of sizes that one input has in two dimensions.

    They may be the same dimension, as in a mask of one sequence by itself, or two, as in an
    image: nothing tells which of them a size is.
    """
    counts = [Counter(sizes for sizes in pair.dims if sizes[0] != sizes[1]) for pair in inputs]
    return frozenset(
        Fraction(*sizes) for count in counts for sizes, times in count.items() if times > 1
    )


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
