"""Find the dimension of a tensor that a size follows from, and the formula.

Two files identify multiples, products and quotients. A line through two points, or a step, is a
guess: these formulas need three files or more. A chain of strided windows is exactly ``(n + b) //
c``, as floors nest; with an upsampling behind it ``a * ((n + b) // c) + d``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, permutations
from types import MappingProxyType

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes, is_fixed
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Dim, Size, dims_of

Known = Mapping[Sizes, Dim]
Form = Callable[[Sizes, Known], Iterator[Size]]

_TELLING_FILES = 3
"""The number of files that distinguishes a line or a step from a guess."""
_TELLING_STEPS = 4
"""The number of steps that distinguishes a stride from numbers that happen to grow."""
_LARGEST_STEP = 1024
"""The greatest total stride to try."""
_LARGEST_SCALE = 16
"""The greatest factor of an upsampling behind strides to try."""


def derived(sizes: Sizes, inputs: Known, results: Known) -> Size | None:
    """The first formula that gives these sizes in every file; None when there is none.

    Args:
        sizes: The values in the files.
        inputs: The dimensions of the graph's inputs and of the tensors near by.
        results: Those of all other tensors, which are looked at for steps alone.
    """
    telling = len(sizes) >= _TELLING_FILES
    forms = (*_EXACT, *(_TELLING if telling else ()))
    found = next((size for form in forms for size in form(sizes, inputs)), None)
    if found is None and telling:
        found = next((size for form in _OF_RESULTS for size in form(sizes, results)), None)
    return found


def multiple(sizes: Sizes, base: Sizes) -> int | None:
    """Return the factor that gives the sizes from the base in all files; None if there is none."""
    if min(base) < 1 or any(size % one for size, one in zip(sizes, base, strict=True)):
        return None
    times = [size // one for size, one in zip(sizes, base, strict=True)]
    return times[0] if times[0] > 0 and is_fixed(tuple(times)) else None


def affine(sizes: Sizes, base: Sizes) -> tuple[int, int] | None:
    """The whole numbers a > 0 and b with sizes = a * base + b."""
    low, high = (extreme(range(len(base)), key=base.__getitem__) for extreme in (min, max))
    times, remainder = divmod(sizes[high] - sizes[low], base[high] - base[low])
    plus = sizes[low] - times * base[low]
    fits = all(times * one + plus == size for size, one in zip(sizes, base, strict=True))
    return (times, plus) if fits and not remainder and times > 0 else None


def _multiples(sizes: Sizes, known: Known) -> Iterator[Size]:
    for base, dim in known.items():
        times = multiple(sizes, base)
        if times is not None:
            yield Size((dim,), times=times)


def _products(sizes: Sizes, known: Known) -> Iterator[Size]:
    for (one, dim), (other, second) in combinations_with_replacement(known.items(), 2):
        times = multiple(sizes, tuple(a * b for a, b in zip(one, other, strict=True)))
        if times is not None:
            yield Size((dim, second), times=times)


def _quotients(sizes: Sizes, known: Known) -> Iterator[Size]:
    for base, dim in known.items():
        over = multiple(base, sizes)
        if over is not None:
            yield Size((dim,), over=over)


def _last_indices(sizes: Sizes, known: Known) -> Iterator[Size]:
    before = known.get(tuple(size + 1 for size in sizes))
    if before is not None:
        yield Size((before,), plus=-1)


def _lines(sizes: Sizes, known: Known) -> Iterator[Size]:
    for base, dim in known.items():
        found = affine(sizes, base)
        if found is not None:
            yield Size((dim,), times=found[0], plus=found[1])


def _steps(sizes: Sizes, known: Known) -> Iterator[Size]:
    """Formulas ``scale * ((n + shift) // over) + plus``, the likeliest first.

    These are quotients without a factor, which few numbers fit by chance; floors and ceilings;
    and total strides that are powers of two, as most are.
    """
    found = [
        Size((dim,), shift=shift, over=over, scale=scale, plus=plus)
        for base, dim in known.items()
        for scale, over in _slopes(sizes, base)
        for plus in {size % scale for size in sizes}
        for shift in _shifts(sizes, base, Size((dim,), over=over, scale=scale, plus=plus))
    ]
    yield from sorted(
        found,
        key=lambda size: (
            size.scale,
            size.shift not in (0, size.over - 1),
            size.over.bit_count() > 1,
        ),
    )


def _ratios(sizes: Sizes, known: Known) -> Iterator[Size]:
    """Formulas ``(times * n + shift) // over``, as of a resize to three halves."""
    for base, dim in known.items():
        for times, over in _slopes(sizes, base):
            if times > 1 and over <= _LARGEST_SCALE and math.gcd(times, over) == 1:
                multiples = tuple(times * size for size in base)
                for shift in _shifts(sizes, multiples, Size((dim,), over=over)):
                    yield Size((dim,), times=times, shift=shift, over=over)


def _slopes(sizes: Sizes, base: Sizes) -> Iterator[tuple[int, int]]:
    """The fractions that are near the slope of the sizes over the base, simple ones first."""
    low, high = (extreme(range(len(base)), key=base.__getitem__) for extreme in (min, max))
    run, rise = base[high] - base[low], sizes[high] - sizes[low]
    if rise <= 0:
        return
    for scale in range(1, _LARGEST_SCALE + 1):
        least = max(2, -(-scale * run // (rise + scale)))
        most = scale * run // (rise - scale) if rise > scale else _LARGEST_STEP
        for over in range(least, min(most, _LARGEST_STEP) + 1):
            yield scale, over


def _shifts(sizes: Sizes, base: Sizes, form: Size) -> Iterator[int]:
    """The shift with which a formula gives all sizes, if they take enough steps to identify it."""
    if len({(size - form.plus) % form.scale for size in sizes}) > 1:
        return
    quotients = [(size - form.plus) // form.scale for size in sizes]
    if max(quotients) - min(quotients) < _TELLING_STEPS:
        return
    starts = [q * form.over - one for q, one in zip(quotients, base, strict=True)]
    least, most = max(starts), min(starts) + form.over - 1
    if least <= most:
        preferred = (0, form.over - 1)
        yield next((shift for shift in preferred if least <= shift <= most), least)


def _remainders(sizes: Sizes, known: Known) -> Iterator[Size]:
    """The remainder that pads a dimension to a multiple, or either half of it."""
    for base, dim in known.items():
        for over in range(2, _LARGEST_STEP + 1):
            filling = Size((dim,), shift=over - 1, over=over, scale=over, removed=(dim,))
            fill = tuple(-size % over for size in base)
            if fill == sizes:
                yield filling
            elif tuple(size // 2 for size in fill) == sizes:
                yield Size((filling,), over=2)
            elif tuple((size + 1) // 2 for size in fill) == sizes:
                yield Size((filling,), shift=1, over=2)


def _sums(sizes: Sizes, known: Known) -> Iterator[Size]:
    """The sum or the difference of two dimensions, and a number."""
    for (one, dim), (other, second) in permutations(known.items(), 2):
        rows = list(zip(sizes, one, other, strict=True))
        more = tuple(size - a - b for size, a, b in rows)
        if is_fixed(more):
            yield Size((dim,), added=(second,), plus=more[0])
        less = tuple(size - a + b for size, a, b in rows)
        if is_fixed(less):
            yield Size((dim,), removed=(second,), plus=less[0])


_EXACT: tuple[Form, ...] = (_multiples, _products, _quotients, _last_indices)
_TELLING: tuple[Form, ...] = (_lines, _remainders, _steps, _ratios, _sums)
_OF_RESULTS: tuple[Form, ...] = (_multiples, _quotients, _lines, _remainders, _steps)


class SizeFinder:
    """Finds the dimensions that sizes follow from, among the tensors at a position of a graph.

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
        """Record an operator's results; later operators may refer to them."""
        for sizes, dim in dims_of(results).items():
            self._results.setdefault(sizes, dim)

    def find(self, sizes: Sizes, near: Sequence[AlignedTensor] = ()) -> Size | None:
        """Find the size that has these values in the files.

        A dimension with exactly these sizes is preferred, of the graph's inputs before those
        near by before any other, so that operators share what they read. Then come the other
        forms, as `derived` finds them.

        Args:
            sizes: Its value in each file, not the same in all.
            near: The other tensors of the operator that the size is for.
        """
        local = dims_of(near)
        known = {**self._inputs, **local, **self._inputs}
        return self.same(sizes, near) or derived(sizes, known, self._results)

    def same(self, sizes: Sizes, near: Sequence[AlignedTensor] = ()) -> Size | None:
        """Find the dimension that has these values in the files; see `find`."""
        for known in (self._inputs, dims_of(near), self._results):
            if sizes in known:
                return Size((known[sizes],))
        return None

    def is_largest(self, sizes: Sizes, file: int) -> bool:
        """Tell whether a size is, in one of the files, the largest that any run can have.

        Args:
            sizes: Its value in each file.
            file: The index of the file.
        """
        found = Size((self._inputs[sizes],)) if sizes in self._inputs else None
        found = found or derived(sizes, self._inputs, {})
        if found is None or max(sizes) != sizes[file]:
            return False
        of_inputs = {dim: each for each, dim in self._inputs.items()}
        read = [of_inputs[dim] for dim in found.leaves]
        return all(self._maxima.get(each) == each[file] for each in read)
