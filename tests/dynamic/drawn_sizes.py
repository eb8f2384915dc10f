"""Shapes of a plan's inputs, drawn within the bounds of its dynamic dimensions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from hypothesis import strategies as st

import litert_ir as lir
from litert_ir.ir.tensor import Dim
from tests.dynamic.dynamic_case import Shapes

MOST_SAMPLES = 5
"""The largest batch that is drawn, unless its minimum is above."""
Sizes = Mapping[Hashable, int]


def dynamic_dims(plan: lir.ExportPlan) -> dict[Hashable, lir.DynamicDim]:
    """The independent dimensions, by what tells them apart: a name, or a place without one."""
    found: dict[Hashable, lir.DynamicDim] = {}
    for key, dim in _places(plan):
        if isinstance(dim, lir.DynamicDim):
            found.setdefault(key, dim)
    return found


def shapes_at(plan: lir.ExportPlan, sizes: Sizes) -> Shapes:
    """The shapes of all inputs where dynamic dimensions have these sizes."""
    found = iter([dim if isinstance(dim, int) else sizes[key] for key, dim in _places(plan)])
    return tuple(tuple(next(found) for _ in spec.shape) for spec in plan.inputs)


def faults_of(plan: lir.ExportPlan, shapes: Shapes) -> list[str]:
    """Why the plan does not admit inputs of these shapes; nothing where it does."""
    given = iter([size for shape in shapes for size in shape])
    seen: dict[Hashable, int] = {}
    faults = []
    for (key, dim), size in zip(_places(plan), given, strict=True):
        if isinstance(dim, int):
            if dim != size:
                faults.append(f"{key} is fixed to {dim}, not {size}")
        elif not dim.admits(size):
            faults.append(f"{key} is {dim.bounds_text} ({dim.source}), which excludes {size}")
        elif seen.setdefault(key, size) != size:
            faults.append(f"{key} cannot be {seen[key]} and {size} at once")
    return faults


def drawn_shapes(plan: lir.ExportPlan, largest: int) -> st.SearchStrategy[Shapes]:
    """Shapes within the plan's bounds, with another size for each dimension where there is one.

    Args:
        plan: The plan.
        largest: The largest size, where a dimension's smallest one is not above a third of it.
    """
    dims = dynamic_dims(plan)
    batch = next(iter(_places(plan)), (None, 0))[0]
    each = {
        key: _sizes_of(dim, MOST_SAMPLES if key in (batch, "batch") else largest)
        for key, dim in dims.items()
    }
    return st.fixed_dictionaries(each).map(lambda sizes: shapes_at(plan, _apart(sizes, dims)))


def _places(plan: lir.ExportPlan) -> Iterator[tuple[Hashable, Dim]]:
    """All dimensions of all inputs, each with what it has in common with others of its size."""
    for spec in plan.inputs:
        for axis, dim in enumerate(spec.shape):
            name = None if isinstance(dim, int) else dim.name
            yield name or f"{spec.name}[{axis}]", dim


def _sizes_of(dim: lir.DynamicDim, largest: int) -> st.SearchStrategy[int]:
    """Sizes at the bounds, sizes beside them, and any between them."""
    step = dim.multiple_of
    limit = max(largest, 3 * dim.smallest)
    limit = limit if dim.maximum is None else min(limit, dim.maximum)
    count = (limit - dim.smallest) // step
    edges = sorted({min(max(n, 0), count) for n in (0, 1, 2, count - 1, count)})
    return st.one_of(st.sampled_from(edges), st.integers(0, count), st.integers(0, count)).map(
        lambda n: dim.smallest + n * step
    )


def _apart(sizes: Sizes, dims: Mapping[Hashable, lir.DynamicDim]) -> Sizes:
    """The same sizes, changed where two dimensions have one and there is another within bounds."""
    found: dict[Hashable, int] = {}
    for key, size in sizes.items():
        candidates = (size + n * dims[key].multiple_of for n in (0, 1, -1, 2, -2, 3, -3))
        free = [n for n in candidates if dims[key].admits(n) and n not in found.values()]
        found[key] = free[0] if free else size
    return found
