"""How the sizes that a dynamic dimension may have are said, compared, and held against arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from litert_ir.ir.tensor import Dim, DynamicDim, Shape

SizedInput = tuple[str, Shape, Sequence[int]]
"""An input's name, its shape, and the sizes of an array for it, as many as the shape has."""


def sizes_text(dim: DynamicDim) -> str:
    """The sizes that a dimension may have, in words.

    Example:
        >>> sizes_text(DynamicDim("length", minimum=20, maximum=512, multiple_of=8))
        '20 .. 512, multiples of 8'
        >>> sizes_text(DynamicDim("length"))
        '1 or more'
    """
    parts = [] if dim.maximum is None else [f"{dim.minimum} .. {dim.maximum}"]
    if dim.maximum is None and (dim.minimum > 1 or dim.multiple_of == 1):
        parts.append(f"{dim.minimum} or more")
    if dim.multiple_of > 1:
        parts.append(f"multiples of {dim.multiple_of}")
    return ", ".join(parts)


def same_but_for_source(one: Dim, other: Dim) -> bool:
    """Whether two dimensions have one name and one set of bounds, wherever these are from.

    Static ones are the same where they have one size.
    """
    if isinstance(one, int) or isinstance(other, int):
        return one == other
    return attrs.evolve(one, source=other.source) == other


def nearest_size(dim: DynamicDim, size: int) -> int:
    """The size within the bounds that is nearest to another one; the larger of two.

    Example:
        >>> dim = DynamicDim("length", minimum=20, maximum=100, multiple_of=8)
        >>> [nearest_size(dim, size) for size in (1, 50, 1000)]
        [24, 48, 96]
    """
    step = dim.multiple_of
    wanted = max(dim.smallest, (size + step // 2) // step * step)
    return wanted if dim.maximum is None else min(wanted, dim.maximum // step * step)


def size_faults(inputs: Iterable[SizedInput]) -> Iterator[str]:
    """What speaks against arrays for one run: sizes out of bounds, and unequal ones of one name.

    Args:
        inputs: All inputs of the run; static dimensions are not looked at.

    Example:
        >>> length = DynamicDim("length", minimum=20, maximum=512)
        >>> list(size_faults([("ids", (1, length), (1, 19))]))
        ["input 'ids' has 19 along 'length' (20 .. 512)"]
    """
    first: dict[str, tuple[str, int]] = {}
    for name, shape, sizes in inputs:
        for axis, (dim, size) in enumerate(zip(shape, sizes, strict=True)):
            if isinstance(dim, int):
                continue
            found = f"input {name!r} has {size} along {label_of(dim, axis)} ({sizes_text(dim)})"
            if not dim.admits(size):
                yield found
            elif dim.name is not None:
                other, known = first.setdefault(dim.name, (name, size))
                if known != size:
                    yield f"{found}, where input {other!r} has {known}: one name has one size"


def label_of(dim: DynamicDim, axis: int) -> str:
    """What a dimension is called in messages: its name, or its axis where it has none."""
    return f"axis {axis}" if dim.name is None else repr(dim.name)
