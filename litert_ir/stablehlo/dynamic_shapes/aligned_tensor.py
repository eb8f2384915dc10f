"""A tensor of the first file, aligned with its counterparts in the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np
from numpy.typing import NDArray

from litert_ir.ir.tensor import DType

Array = NDArray[Any]
Arrays = tuple[Array, ...]
"""The values of a constant, one array for each file."""
Sizes = tuple[int, ...]
"""The size of one dimension in each of the files, in their order."""

_NOT_PLAIN = frozenset({DType.STRING, DType.COMPLEX64, DType.COMPLEX128})


@attrs.frozen
class Inline:
    """A constant stored in the file."""

    data: bytes = attrs.field(repr=lambda data: f"{len(data)} bytes")


@attrs.frozen
class Outside:
    """A constant stored outside of the file; ``place`` is its location."""

    place: tuple[object, ...]


Content = Inline | Outside


@attrs.frozen(kw_only=True, eq=False)
class AlignedTensor:
    """A tensor in all files.

    Attributes:
        index: Its place in the first file's graph.
        name: Its name in the first file.
        dtype: Its element type by the schema's name in lower case, such as ``float32``.
        shapes: Its shape in each file, all of one rank.
        contents: Its content in each file; None when it is computed.
    """

    index: int
    name: str
    dtype: str
    shapes: tuple[tuple[int, ...], ...]
    contents: tuple[Content | None, ...]

    @property
    def dims(self) -> tuple[Sizes, ...]:
        """The sizes of each dimension, outermost first."""
        return tuple(zip(*self.shapes, strict=True))

    @property
    def has_dynamic_dims(self) -> bool:
        """Tell whether a dimension has several sizes."""
        return len(set(self.shapes)) > 1

    @property
    def is_constant(self) -> bool:
        """Tell whether the files hold the tensor's values."""
        return self.contents[0] is not None

    @property
    def is_general(self) -> bool:
        """Tell whether it holds for every size: it is computed, or the same in all files."""
        return not self.is_constant or (
            not self.has_dynamic_dims
            and all(content == self.contents[0] for content in self.contents)
        )

    @property
    def values(self) -> Arrays | None:
        """The values in each file; None when a file does not hold them as plain numbers."""
        found = [
            decoded(content, self.dtype, shape)
            for content, shape in zip(self.contents, self.shapes, strict=True)
        ]
        arrays = [array for array in found if array is not None]
        return tuple(arrays) if len(arrays) == len(found) else None

    def fixed(self, shape: Sequence[int]) -> tuple[Sizes, ...]:
        """The sizes of a tensor that has this shape in all files."""
        return tuple((size,) * len(self.shapes) for size in shape)


def is_fixed(sizes: Sizes) -> bool:
    """Tell whether a size is the same in all files."""
    return len(set(sizes)) == 1


def decoded(content: Content | None, dtype: str, shape: tuple[int, ...]) -> Array | None:
    """The values of a constant; None where the file does not hold them as plain numbers."""
    known = DType.__members__.get(dtype.upper())
    if not isinstance(content, Inline) or known is None or known in _NOT_PLAIN:
        return None
    flat: Array = np.frombuffer(content.data, np.dtype(known.value))
    return flat.reshape(shape) if flat.size == np.prod(shape, dtype=np.int64) else None


def elements_of(tensor: AlignedTensor) -> tuple[Sizes, ...]:
    """The whole numbers of a constant, each with its value in every file; none if unknown."""
    lists = [values.ravel().tolist() for values in tensor.values or ()]
    return tuple(tuple(map(int, numbers)) for numbers in zip(*lists, strict=True))
