"""Hypothesis strategies for dimensions and shapes."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st
from typing_extensions import override

from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import Dim, DynamicDim, Shape, TensorSpec
from litert_ir.visitors.rebuild import Rebuild

_DIM_NAMES = st.sampled_from(("batch", None, "length"))
_SOURCES = st.sampled_from(("", "input_signature", "the position table of 'pos'"))


def dynamic_dims() -> st.SearchStrategy[DynamicDim]:
    """Dynamic dimensions with a name or without; an unbounded ``batch`` is the simplest."""
    return st.builds(DynamicDim, _DIM_NAMES) | _bounded_dims()


@st.composite
def _bounded_dims(draw: st.DrawFn) -> DynamicDim:
    name = draw(_DIM_NAMES)
    step = draw(st.integers(1, 8))
    smallest = step * draw(st.integers(1, 8))
    room = draw(st.none() | st.integers(0, 64))
    return DynamicDim(
        name,
        minimum=smallest - draw(st.integers(0, step - 1)),
        maximum=None if room is None else smallest + room,
        multiple_of=step,
        source=draw(_SOURCES),
    )


@st.composite
def shapes(
    draw: st.DrawFn, *, max_rank: int = 4, max_size: int = 16, dynamic: bool = True
) -> Shape:
    """Shapes without dimensions of size 0; ``(1,)`` is the simplest.

    Args:
        draw: Given by Hypothesis.
        max_rank: Most dimensions.
        max_size: Largest static size.
        dynamic: Whether dimensions may be dynamic, as `dynamic_dims` are; those with one name
            have one set of bounds.
    """
    rank = draw(st.sampled_from((*range(1, max_rank + 1), 0)))
    dims: st.SearchStrategy[Dim] = st.integers(1, max_size)
    if dynamic:
        dims = dims | dynamic_dims()
    # A scalar draws a dimension too: the shorter draw would count as simpler than (1,).
    drawn = [draw(dims) for _ in range(max(rank, 1))]
    return _tied(tuple(drawn[:rank]), {})


@attrs.frozen
class TieDims(Rebuild):
    """Gives each dimension the bounds of the first one of the same name.

    Attributes:
        first: That one, by its name; filled on the way.
    """

    first: dict[str, DynamicDim]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, shape=_tied(spec.shape, self.first))


def _tied(shape: Shape, first: dict[str, DynamicDim]) -> Shape:
    """The shape with each dynamic dimension as the first one of its name, noted in ``first``."""
    return tuple(
        dim if isinstance(dim, int) or dim.name is None else first.setdefault(dim.name, dim)
        for dim in shape
    )
