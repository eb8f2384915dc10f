"""Weights as expressions over a model's variables: pure data that says how to compute them.

An expression stands for an array that nobody has computed yet. It can be hashed (equal
expressions share one buffer in the file), pickled, and evaluated where the variables are (see
`evaluate` beside this). The functions of `simplify` build expressions without what changes nothing.
"""

from __future__ import annotations

import math

import attrs
from typing_extensions import override

from litert_ir.stablehlo.weights.elementwise_functions import (
    DTYPES,
    BinaryFunction,
    UnaryFunction,
)
from litert_ir.stablehlo.weights.shape_rules import (
    Shape,
    Weight,
    broadcast_fits,
    concatenated_shape,
    concatenation_fits,
    is_shape,
    padded_shape,
    require,
    slice_fits,
    sliced_shape,
)


class _Derived(Weight):
    """A node whose elements are of the type of its source's."""

    __slots__ = ()

    source: WeightExpr

    @property
    @override
    def dtype(self) -> str:
        return self.source.dtype


class _Leaf(Weight):
    """A node with a shape and an element type of its own."""

    __slots__ = ()

    def _check_leaf(self) -> None:
        require(is_shape(self.shape), self, "a tuple of sizes", self.shape)
        require(self.dtype in DTYPES, self, ", ".join(sorted(DTYPES)), self.dtype)


@attrs.frozen(cache_hash=True)
class Parameter(_Leaf):
    """One of the model's variables.

    Attributes:
        index: Its place in the order that whoever evaluates the expression knows.
        shape: The variable's shape.
        dtype: The variable's element type.
    """

    index: int
    shape: Shape
    dtype: str

    def __attrs_post_init__(self) -> None:
        self._check_leaf()
        require(type(self.index) is int and self.index >= 0, self, "an index", self.index)


@attrs.frozen(cache_hash=True)
class Literal(_Leaf):
    """A small array by its bytes, in row-major order and little-endian."""

    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")
    shape: Shape
    dtype: str

    def __attrs_post_init__(self) -> None:
        self._check_leaf()
        require(len(self.data) == self.nbytes, self, f"{self.nbytes} bytes", len(self.data))


@attrs.frozen(cache_hash=True)
class Transpose(_Derived):
    """Dimension ``i`` is dimension ``permutation[i]`` of the source."""

    source: WeightExpr
    permutation: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        rank = len(self.source.shape)
        sound = sorted(self.permutation) == list(range(rank))
        require(sound, self, f"a permutation of {rank} dimensions", self.permutation)

    @property
    @override
    def shape(self) -> Shape:
        return tuple(self.source.shape[i] for i in self.permutation)


@attrs.frozen(cache_hash=True)
class Reshape(_Derived):
    """The same elements in row-major order, in another shape."""

    source: WeightExpr
    shape: Shape

    def __attrs_post_init__(self) -> None:
        sound = is_shape(self.shape) and math.prod(self.shape) == math.prod(self.source.shape)
        require(sound, self, f"as many elements as {self.source.shape}", self.shape)


@attrs.frozen(cache_hash=True)
class Convert(Weight):
    """Elements converted to another type; floats become integers by truncation."""

    source: WeightExpr
    dtype: str

    def __attrs_post_init__(self) -> None:
        require(self.dtype in DTYPES, self, ", ".join(sorted(DTYPES)), self.dtype)

    @property
    @override
    def shape(self) -> Shape:
        return self.source.shape


@attrs.frozen(cache_hash=True)
class Slice(_Derived):
    """Per dimension, every ``stride``-th element from ``start`` to before ``limit``."""

    source: WeightExpr
    starts: tuple[int, ...]
    limits: tuple[int, ...]
    strides: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        sound = slice_fits(self.source.shape, self.starts, self.limits, self.strides)
        received = f"{self.starts} to {self.limits} by {self.strides}"
        require(sound, self, f"ranges inside of {self.source.shape}", received)

    @property
    @override
    def shape(self) -> Shape:
        return sliced_shape(self.starts, self.limits, self.strides)


@attrs.frozen(cache_hash=True)
class Broadcast(_Derived):
    """`stablehlo.broadcast_in_dim` with increasing dimensions."""

    source: WeightExpr
    shape: Shape
    dimensions: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        sound = is_shape(self.shape) and broadcast_fits(
            self.source.shape, self.shape, self.dimensions
        )
        expected = f"increasing dimensions in which {self.source.shape} stretches"
        require(sound, self, expected, f"{self.dimensions} of {self.shape}")


@attrs.frozen(cache_hash=True)
class Unary(_Derived):
    """A function of each element."""

    function: UnaryFunction
    source: WeightExpr

    def __attrs_post_init__(self) -> None:
        sound = self.function.takes(self.source.dtype)
        require(sound, self, f"numbers that {self.function.value} takes", self.source.dtype)

    @property
    @override
    def shape(self) -> Shape:
        return self.source.shape


@attrs.frozen(cache_hash=True)
class Binary(Weight):
    """A function of the elements at the same place in two arrays of equal shape and type."""

    function: BinaryFunction
    left: WeightExpr
    right: WeightExpr

    def __attrs_post_init__(self) -> None:
        sides = [(side.shape, side.dtype) for side in (self.left, self.right)]
        require(sides[0] == sides[1], self, "two arrays of equal shape and type", sides)
        sound = self.function.takes(self.left.dtype)
        require(sound, self, f"numbers that {self.function.value} takes", self.left.dtype)

    @property
    @override
    def shape(self) -> Shape:
        return self.left.shape

    @property
    @override
    def dtype(self) -> str:
        return self.left.dtype


@attrs.frozen(cache_hash=True)
class Concatenate(Weight):
    """Arrays one after the other along an axis."""

    sources: tuple[WeightExpr, ...]
    axis: int

    def __attrs_post_init__(self) -> None:
        shapes = [source.shape for source in self.sources]
        one_type = len({source.dtype for source in self.sources}) == 1
        sound = one_type and concatenation_fits(shapes, self.axis)
        require(sound, self, "arrays of one type that differ in one axis", (shapes, self.axis))

    @property
    @override
    def shape(self) -> Shape:
        return concatenated_shape([source.shape for source in self.sources], self.axis)

    @property
    @override
    def dtype(self) -> str:
        return self.sources[0].dtype


@attrs.frozen(cache_hash=True)
class Reverse(_Derived):
    """The elements in the opposite order along some axes."""

    source: WeightExpr
    axes: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        sound = set(self.axes) <= set(range(len(self.source.shape)))
        require(sound, self, f"axes of {self.source.shape}", self.axes)

    @property
    @override
    def shape(self) -> Shape:
        return self.source.shape


@attrs.frozen(cache_hash=True)
class Pad(_Derived):
    """`stablehlo.pad`; negative ``low`` and ``high`` cut off.

    Attributes:
        source: The padded array.
        low: Elements before it, per dimension.
        high: Elements after it.
        interior: Elements between each two of it.
        value: A scalar: the new elements.
    """

    source: WeightExpr
    low: tuple[int, ...]
    high: tuple[int, ...]
    interior: tuple[int, ...]
    value: WeightExpr

    def __attrs_post_init__(self) -> None:
        rank = len(self.source.shape)
        widths = (self.low, self.high, self.interior)
        sound = all(len(width) == rank for width in widths) and min(self.interior, default=0) >= 0
        require(sound and is_shape(self.shape), self, f"widths for {self.source.shape}", widths)
        value = (self.value.shape, self.value.dtype)
        require(value == ((), self.dtype), self, f"a scalar {self.dtype}", value)

    @property
    @override
    def shape(self) -> Shape:
        return padded_shape(self.source.shape, self.low, self.high, self.interior)


WeightExpr = (
    Parameter
    | Literal
    | Transpose
    | Reshape
    | Convert
    | Slice
    | Broadcast
    | Unary
    | Binary
    | Concatenate
    | Reverse
    | Pad
)
