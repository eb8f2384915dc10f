"""The leaf of a signature: a tensor's name, shape and element type."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import attrs

from litert_ir.errors.shown import shown


class DType(enum.Enum):
    """Element types by their numpy/Keras name."""

    BOOL = "bool"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    UINT64 = "uint64"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    COMPLEX64 = "complex64"
    COMPLEX128 = "complex128"
    STRING = "string"

    @property
    def is_floating(self) -> bool:
        """Tell whether elements are real floating point numbers."""
        return self in _FLOATING

    @property
    def is_interface_type(self) -> bool:
        """Tell whether a LiteRT file can take and give tensors of this type.

        The runtime has no bfloat16 or complex128 tensors, and strings are no numbers.
        """
        return self not in _NOT_IN_AN_INTERFACE

    @property
    def in_file(self) -> DType:
        """The type of LiteRT tensors that hold this type: float32 for bfloat16.

        Every bfloat16 number is a float32 number.
        """
        return DType.FLOAT32 if self is DType.BFLOAT16 else self


_FLOATING = frozenset({DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64})
_NOT_IN_AN_INTERFACE = frozenset({DType.STRING, DType.BFLOAT16, DType.COMPLEX128})


LARGEST_SIZE = 2**31 - 1
"""Shapes in a LiteRT file are of signed 32-bit integers."""


def _is_size_of_a_bound(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{attribute.name} is a whole number, not {shown(value)}")
    if value < 1:
        raise ValueError(f"{attribute.name} is 1 or more, received {shown(value)}")
    if value > LARGEST_SIZE:
        raise ValueError(f"{attribute.name} is at most {LARGEST_SIZE}, received {shown(value)}")


@attrs.frozen
class DynamicDim:
    """A dimension whose size is known only when the file runs, with the sizes that it may have.

    Dimensions with one name have one size in a run; others are independent of each other.

    Attributes:
        name: The quantity it counts, such as ``batch``; None when that is unknown.
        minimum: The smallest size.
        maximum: The largest size; None where there is no limit.
        multiple_of: The divisor of every size.
        source: Where the bounds are from, such as ``the position table of 'pos'``; empty where
            there are none.

    Raises:
        ValueError: When no size is within the bounds.
    """

    name: str | None = None
    minimum: int = attrs.field(default=1, kw_only=True, validator=_is_size_of_a_bound)
    maximum: int | None = attrs.field(
        default=None, kw_only=True, validator=attrs.validators.optional(_is_size_of_a_bound)
    )
    multiple_of: int = attrs.field(default=1, kw_only=True, validator=_is_size_of_a_bound)
    source: str = attrs.field(default="", kw_only=True, validator=attrs.validators.instance_of(str))

    def __attrs_post_init__(self) -> None:
        if self.maximum is not None and self.smallest > self.maximum:
            raise ValueError(f"no size is within the bounds {self.bounds_text}")

    @property
    def is_bounded(self) -> bool:
        """Tell whether bounds exclude any size."""
        return self.minimum > 1 or self.maximum is not None or self.multiple_of > 1

    @property
    def smallest(self) -> int:
        """The smallest size that is within all the bounds."""
        return -(-self.minimum // self.multiple_of) * self.multiple_of

    def admits(self, size: int) -> bool:
        """Tell whether the dimension may have this size.

        Example:
            >>> dim = DynamicDim("length", minimum=20, maximum=512, multiple_of=8)
            >>> dim.admits(24), dim.admits(20), dim.admits(520)
            (True, False, False)
        """
        is_below = self.maximum is None or size <= self.maximum
        return is_below and size >= self.minimum and size % self.multiple_of == 0

    @property
    def bounds_text(self) -> str:
        """The bounds as `litert_ir` prints and reads them: ``20..512:8``, or ``?`` for none."""
        if not self.is_bounded:
            return "?"
        multiple = f":{self.multiple_of}" if self.multiple_of > 1 else ""
        return f"{self.minimum}..{'' if self.maximum is None else self.maximum}{multiple}"

    def __str__(self) -> str:
        return self.bounds_text if self.name is None else f"{self.name}={self.bounds_text}"


Dim = int | DynamicDim
Shape = tuple[Dim, ...]


def _valid_shape(_instance: object, _attribute: object, shape: Shape) -> None:
    for dim in shape:
        if isinstance(dim, bool) or not isinstance(dim, int | DynamicDim):
            raise TypeError(f"a dimension is an int or a DynamicDim, not {shown(dim)}")
        if isinstance(dim, int) and dim < 0:
            raise ValueError(
                f"a static dimension is not negative, received {shown(dim)} in {shown(shape)}"
            )


@attrs.frozen(kw_only=True)
class TensorSpec:
    """A dense tensor at the boundary of a model.

    Attributes:
        name: Its name in the LiteRT file, in the signature and in the subgraph alike.
        shape: Static sizes (int) and dynamic dimensions, outermost first; () for a scalar.
        dtype: Its element type in the LiteRT file.
        model_dtype: Its element type in the model, where that is another one; else None.
    """

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    shape: Shape = attrs.field(validator=[attrs.validators.instance_of(tuple), _valid_shape])
    dtype: DType = attrs.field(validator=attrs.validators.instance_of(DType))
    model_dtype: DType | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(DType))
    )

    @property
    def is_static(self) -> bool:
        """Tell whether every dimension has a fixed size."""
        return all(isinstance(dim, int) for dim in self.shape)

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """The shape in the notation of Keras and TensorFlow: None for a dynamic dimension."""
        return tuple(dim if isinstance(dim, int) else None for dim in self.shape)

    def __str__(self) -> str:
        return f"{shape_text(self.shape)} {self.dtype.value}"


def is_size(value: object, largest: int = LARGEST_SIZE) -> bool:
    """Tell whether this is a whole number from 1 on, Python's or numpy's; True is none.

    Args:
        value: Anything.
        largest: The largest valid number; by default that of a dimension in a LiteRT file.

    Example:
        >>> is_size(3), is_size(0), is_size(True), is_size(1.0)
        (True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, int | Integral):
        return False
    return 1 <= int(value) <= largest


def admits(sizes: Sequence[int | None], shape: Sequence[int | None]) -> bool:
    """Tell whether ``shape`` has the rank of ``sizes``, and each size that is fixed there.

    Example:
        >>> admits((None, 4), (7, 4)), admits((None, 4), (7, 5))
        (True, False)
    """
    return len(sizes) == len(shape) and all(
        size in (None, given) for size, given in zip(sizes, shape, strict=True)
    )


def shape_text(shape: Shape) -> str:
    """Render a shape.

    Example:
        >>> shape_text((DynamicDim("batch"), 224, 224, 3))
        '(batch=?, 224, 224, 3)'
    """
    inner = ", ".join(str(dim) for dim in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
