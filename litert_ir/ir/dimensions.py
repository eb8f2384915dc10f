"""The dynamic dimensions of inputs: which ones there are, and the sizes that each may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs

from litert_ir.ir.tensor import Dim, DynamicDim, Shape, TensorSpec

BATCH_NAME = "batch"
"""The name of the dimension that counts samples."""

DimKey = str | tuple[int, int]
"""The name of a dynamic dimension; of one without a name, its input's position and its axis."""
DimSizes = Mapping[DimKey, int]
"""One size for each dynamic dimension."""
StaticShapes = tuple[tuple[int, ...], ...]
"""The shapes of all inputs in one run, in their order."""

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
    """Tell whether two dimensions have the same name and bounds, whatever their sources.

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
    """The faults of arrays for one run: sizes out of bounds, and unequal ones of one name.

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
    """The name of a dimension in messages: its own, or its axis where it has none."""
    return f"axis {axis}" if dim.name is None else repr(dim.name)


def key_of(dim: DynamicDim, at: int, axis: int) -> DimKey:
    """The key of a dimension.

    Args:
        dim: The dimension.
        at: The position of its input.
        axis: Its axis in that input.
    """
    return (at, axis) if dim.name is None else dim.name


def is_batch(key: DimKey) -> bool:
    """Tell whether a dimension counts samples: one named ``batch``, or an unnamed first one."""
    return key == BATCH_NAME or (isinstance(key, tuple) and not key[1])


def dynamic_dims(inputs: Iterable[TensorSpec]) -> Mapping[DimKey, DynamicDim]:
    """The dynamic dimensions of inputs, those with one name once.

    Example:
        >>> from litert_ir.ir.tensor import DType
        >>> shape = (DynamicDim("batch"), DynamicDim(), 3)
        >>> list(dynamic_dims([TensorSpec(name="x", shape=shape, dtype=DType.FLOAT32)]))
        ['batch', (0, 1)]
    """
    return MappingProxyType(
        {
            key_of(dim, at, axis): dim
            for at, spec in enumerate(inputs)
            for axis, dim in enumerate(spec.shape)
            if isinstance(dim, DynamicDim)
        }
    )


def sizes_in(inputs: Iterable[TensorSpec], shapes: Iterable[Sequence[int]]) -> dict[DimKey, int]:
    """The size of each dynamic dimension of inputs that have these shapes.

    Raises:
        ValueError: When there are fewer shapes than inputs, or the other way around.
    """
    return {
        key_of(dim, at, axis): size
        for at, (spec, shape) in enumerate(zip(inputs, shapes, strict=True))
        for axis, (dim, size) in enumerate(zip(spec.shape, shape, strict=True))
        if isinstance(dim, DynamicDim)
    }


def shapes_with(inputs: Iterable[TensorSpec], sizes: DimSizes) -> StaticShapes:
    """The shapes of inputs whose dynamic dimensions have these sizes.

    Raises:
        KeyError: When a dynamic dimension has no size.
    """
    return tuple(
        tuple(
            dim if isinstance(dim, int) else sizes[key_of(dim, at, axis)]
            for axis, dim in enumerate(spec.shape)
        )
        for at, spec in enumerate(inputs)
    )
