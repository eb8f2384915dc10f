"""A tensor of one file beside the tensor that stands in its place in the other."""

from __future__ import annotations

from typing import Any

import attrs
import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np
from numpy.typing import NDArray

from litert_ir.ir.tensor import DType

Array = NDArray[Any]
Sizes = tuple[int, int]
"""The size of one dimension in the first and in the second file."""

_NOT_PLAIN = frozenset({DType.STRING, DType.COMPLEX64, DType.COMPLEX128})


@attrs.frozen
class Inline:
    """A constant that the file holds."""

    data: bytes = attrs.field(repr=lambda data: f"{len(data)} bytes")


@attrs.frozen
class Outside:
    """A constant that stands elsewhere; ``place`` says where."""

    place: tuple[object, ...]


Content = Inline | Outside


@attrs.frozen(kw_only=True, eq=False)
class TensorPair:
    """A tensor in both files.

    Attributes:
        index: Its place in the first file's graph.
        name: Its name in the first file.
        type_name: Its element type as the schema names it, such as ``FLOAT32``.
        first_shape: Its shape in the first file.
        second_shape: Its shape in the second file, of the same rank.
        first_content: What the first file holds for it; None when it is computed.
        second_content: Likewise in the second file.
    """

    index: int
    name: str
    type_name: str
    first_shape: tuple[int, ...]
    second_shape: tuple[int, ...]
    first_content: Content | None
    second_content: Content | None

    @property
    def dims(self) -> tuple[Sizes, ...]:
        """The sizes of each dimension, outermost first."""
        return tuple(zip(self.first_shape, self.second_shape, strict=True))

    @property
    def has_dynamic_dims(self) -> bool:
        """Whether a dimension has two sizes."""
        return self.first_shape != self.second_shape

    @property
    def contents(self) -> tuple[Content | None, Content | None]:
        """What both files hold for it."""
        return (self.first_content, self.second_content)

    @property
    def is_constant(self) -> bool:
        """Whether the files hold its values."""
        return self.first_content is not None

    @property
    def is_general(self) -> bool:
        """Whether it holds for every size: it is computed, or the same in both files."""
        return self.first_content is None or (
            self.first_content == self.second_content and not self.has_dynamic_dims
        )

    @property
    def values(self) -> tuple[Array, Array] | None:
        """The values in both files; None when a file does not hold them as plain numbers."""
        first = _decoded(self.first_content, self.type_name, self.first_shape)
        second = _decoded(self.second_content, self.type_name, self.second_shape)
        return None if first is None or second is None else (first, second)


def _decoded(content: Content | None, type_name: str, shape: tuple[int, ...]) -> Array | None:
    dtype = DType.__members__.get(type_name)
    if not isinstance(content, Inline) or dtype is None or dtype in _NOT_PLAIN:
        return None
    flat: Array = np.frombuffer(content.data, np.dtype(dtype.value))
    return flat.reshape(shape) if flat.size == np.prod(shape, dtype=np.int64) else None


def elements_of(pair: TensorPair) -> tuple[Sizes, ...]:
    """The whole numbers of a constant, each with its value in both files; none if unknown."""
    first, second = (values.ravel().tolist() for values in pair.values or (np.empty(0),) * 2)
    return tuple((int(one), int(other)) for one, other in zip(first, second, strict=True))
