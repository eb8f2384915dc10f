"""Sizes that a run computes from the dimensions of tensors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from fractions import Fraction

import attrs

from litert_ir.errors import NotGeneralError
from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Sizes, is_fixed


@attrs.frozen
class Dim:
    """The size that one axis of a tensor has when the file runs."""

    tensor: int
    axis: int


@attrs.frozen
class Size:
    """A size that a run computes from the dimensions of tensors.

    It is ``scale * ((times * product + shift) // over) + plus + sum(added) - sum(removed)``.

    Attributes:
        dims: The factors of the product; a size may be one itself.
        times: A factor of the product.
        shift: The addend before the division.
        over: The divisor of the product; rounds down.
        scale: A factor of the quotient.
        plus: The addend at the end.
        added: Dimensions that are added.
        removed: Dimensions that are subtracted.
    """

    dims: tuple[Dim | Size, ...] = attrs.field(validator=attrs.validators.min_len(1))
    times: int = attrs.field(default=1, kw_only=True)
    shift: int = attrs.field(default=0, kw_only=True)
    over: int = attrs.field(default=1, kw_only=True)
    scale: int = attrs.field(default=1, kw_only=True)
    plus: int = attrs.field(default=0, kw_only=True)
    added: tuple[Dim, ...] = attrs.field(default=(), kw_only=True)
    removed: tuple[Dim, ...] = attrs.field(default=(), kw_only=True)

    @property
    def work(self) -> int:
        """Return the operations that a run needs for the size, beyond reading one dimension."""
        inner = sum(part.work for part in self.dims if isinstance(part, Size))
        steps = (self.times != 1) + 2 * (self.over != 1) + (self.scale != 1) + (self.plus != 0)
        return inner + steps + len(self.dims) - 1 + len(self.added) + len(self.removed)

    @property
    def leaves(self) -> tuple[Dim, ...]:
        """All the dimensions that it is computed from."""
        parts = [part.leaves if isinstance(part, Size) else (part,) for part in self.dims]
        return (*itertools.chain.from_iterable(parts), *self.added, *self.removed)

    def value(self, size_of: Callable[[Dim], int]) -> int:
        """The value of the size where the dimensions have these sizes."""
        factors = [
            part.value(size_of) if isinstance(part, Size) else size_of(part) for part in self.dims
        ]
        quotient = (self.times * math.prod(factors) + self.shift) // self.over
        more, less = (sum(map(size_of, dims)) for dims in (self.added, self.removed))
        return self.scale * quotient + self.plus + more - less


def dims_of(tensors: Iterable[AlignedTensor]) -> dict[Sizes, Dim]:
    """The dynamic dimensions of some tensors, those of equal sizes once, the first one found."""
    found: dict[Sizes, Dim] = {}
    for tensor in tensors:
        for axis, sizes in enumerate(tensor.dims):
            if not (is_fixed(sizes) or tensor.is_constant):
                found.setdefault(sizes, Dim(tensor.index, axis))
    return found


def check_sizes(inputs: Iterable[AlignedTensor]) -> None:
    """Refuse inputs whose dynamic dimensions have indistinguishable sizes.

    Raises:
        NotGeneralError: When a size is below 2, or two dimensions have the same ratio of sizes.
    """
    known: dict[tuple[Fraction, ...], Sizes] = {}
    for sizes in dims_of(inputs):
        if min(sizes) < 2:
            raise _bad_sizes("2 or more", _listed(sizes))
        ratios = tuple(Fraction(size, sizes[0]) for size in sizes)
        other = known.setdefault(ratios, sizes)
        if other != sizes:
            raise _bad_sizes("another ratio for each dimension", f"{other} and {sizes}")


def _listed(sizes: Sizes) -> str:
    return " and ".join(map(str, sizes))


def _bad_sizes(expected: str, received: str) -> NotGeneralError:
    return NotGeneralError(
        "The sizes of the dynamic dimensions do not tell the dimensions apart.",
        where="the graph's inputs",
        expected=expected,
        received=received,
        advice="convert the model with other sizes, such as 2 and 3, 7 and 11, 13 and 17",
    )
