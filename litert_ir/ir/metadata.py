"""The description of a file for those who use it: author, license, labels, normalization."""

from __future__ import annotations

import enum
import math
import struct
from collections.abc import Iterable
from typing import Any, TypeVar

import attrs

from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.scalars import is_encodable

_MOST_DIGITS = 9
"""The decimal digits that tell all numbers of 32 bits from each other."""


T = TypeVar("T", "InputMetadata", "OutputMetadata")


class ColorSpace(enum.Enum):
    """The channels of an image."""

    RGB = "RGB"
    GRAYSCALE = "grayscale"


def single_precision(number: float) -> float:
    """Round a number to float32, and write it with no more digits than tell it from others.

    Files store float32, so that a description reads back as it was given.

    Raises:
        OptionsError: When it is infinite, NaN, or too large.

    Example:
        >>> single_precision(1 / 3), single_precision(0.485)
        (0.33333334, 0.485)
    """
    stored = _stored(number)
    if stored is None or not math.isfinite(number):
        raise _no_number(number)
    exact: float = struct.unpack("<f", stored)[0]
    shortest = (float(f"{exact:.{digits}g}") for digits in range(1, _MOST_DIGITS + 1))
    return next((short for short in shortest if _stored(short) == stored), exact)


def _stored(number: float) -> bytes | None:
    """The bytes of a float32; None for numbers beyond the largest one."""
    try:
        return struct.pack("<f", number)
    except (OverflowError, struct.error):
        return None


def _no_number(received: object) -> OptionsError:
    return OptionsError(
        "The metadata of a file hold finite numbers in float32.",
        where="metadata",
        expected="a finite number, or one for each channel",
        received=shown(received),
    )


def _numbers(value: Any) -> tuple[float, ...]:
    """The numbers of all channels, as float32 holds them; one number is for all of them."""
    items = tuple(value) if isinstance(value, Iterable) else (value,)
    if any(isinstance(item, str | bytes | bool) for item in items):
        raise _no_number(value)
    try:
        floats = tuple(map(float, items))
    except (TypeError, ValueError) as error:
        raise _no_number(value) from error
    return tuple(map(single_precision, floats))


def _check_text(_instance: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not is_encodable(value) or "\0" in value:
        raise OptionsError(
            "The metadata of a file are texts.",
            where=f"metadata.{attribute.name}",
            expected="text that UTF-8 encodes, without NUL",
            received=shown(value),
        )


def _text() -> Any:
    return attrs.field(default="", validator=_check_text)


@attrs.frozen
class Normalization:
    """The normalization of data before they go into an input: ``(x - mean) / std``.

    Attributes:
        mean: One number for all channels, or one for each element of the last axis.
        std: The same.

    Raises:
        OptionsError: When there are no such numbers, or one divides by zero.

    Example:
        >>> Normalization(127.5, 127.5)  # 0..255 to -1..1
        Normalization(mean=(127.5,), std=(127.5,))
    """

    mean: tuple[float, ...] = attrs.field(default=(0.0,), converter=_numbers)
    std: tuple[float, ...] = attrs.field(default=(1.0,), converter=_numbers)

    def __attrs_post_init__(self) -> None:
        lengths = {len(self.mean), len(self.std)}
        if 0 in lengths or len(lengths - {1}) > 1 or 0.0 in self.std:
            raise OptionsError(
                "A normalization has a mean, and a standard deviation that is not zero.",
                where="metadata: normalization",
                expected="one number, or one for each channel, in both",
                received=f"mean {self.mean}, std {self.std}",
            )

    def __str__(self) -> str:
        return f"(x - {numbers_text(self.mean)}) / {numbers_text(self.std)}"


@attrs.frozen
class Bounds:
    """The smallest and the largest value of a tensor: of an input, after normalization.

    Attributes:
        minimum: One number for all channels, or one for each element of the last axis.
        maximum: The same.

    Raises:
        OptionsError: When there are no such numbers, or the smallest is the larger one.
    """

    minimum: tuple[float, ...] = attrs.field(converter=_numbers)
    maximum: tuple[float, ...] = attrs.field(converter=_numbers)

    def __attrs_post_init__(self) -> None:
        lengths = {len(self.minimum), len(self.maximum)}
        sound = 0 not in lengths and len(lengths - {1}) <= 1
        most = max(lengths)
        pairs = zip(_spread(self.minimum, most), _spread(self.maximum, most), strict=False)
        if not sound or any(low > high for low, high in pairs):
            raise OptionsError(
                "The bounds of a tensor are a minimum and a maximum.",
                where="metadata: bounds",
                expected="one number, or one for each channel, in both",
                received=f"minimum {self.minimum}, maximum {self.maximum}",
            )

    def __str__(self) -> str:
        return f"{numbers_text(self.minimum)} .. {numbers_text(self.maximum)}"


def _spread(numbers: tuple[float, ...], count: int) -> tuple[float, ...]:
    return numbers * count if len(numbers) == 1 else numbers


def numbers_text(numbers: tuple[float, ...]) -> str:
    """Format one number, or those of all channels in brackets.

    Example:
        >>> numbers_text((127.5,)), numbers_text((0.485, 0.456, 0.406))
        ('127.5', '[0.485, 0.456, 0.406]')
    """
    texts = [f"{number:.{_MOST_DIGITS}g}" for number in numbers]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


_IS_NORMALIZATION = attrs.validators.optional(attrs.validators.instance_of(Normalization))
_IS_BOUNDS = attrs.validators.optional(attrs.validators.instance_of(Bounds))


@attrs.frozen
class InputMetadata:
    """The description of an input.

    Attributes:
        name: Its name in the plan; empty for the only input of a model.
        description: What it takes, for readers.
        normalization: How data become its values. Files with an integer interface have the one
            of the float file, and their own scale and zero point on top.
        bounds: The values that it takes.
        color_space: The channels, where it takes images ``(batch, height, width, channels)``.
    """

    name: str = _text()
    description: str = attrs.field(default="", validator=_check_text, kw_only=True)
    normalization: Normalization | None = attrs.field(
        default=None, validator=_IS_NORMALIZATION, kw_only=True
    )
    bounds: Bounds | None = attrs.field(default=None, validator=_IS_BOUNDS, kw_only=True)
    color_space: ColorSpace | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.instance_of(ColorSpace)),
        kw_only=True,
    )


def _labels(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise OptionsError(
            "Labels are a list of texts.",
            where="metadata: labels",
            expected="such as ('cat', 'dog'), or Path('labels.txt').read_text().splitlines()",
            received=shown(value),
        )
    labels = tuple(value)
    for number, label in enumerate(labels):
        if not isinstance(label, str) or not is_encodable(label) or set(label) & set("\n\r\0"):
            raise OptionsError(
                "A label is a text of one line.",
                where=f"metadata: labels[{number}]",
                expected="a text without line breaks, which UTF-8 encodes",
                received=shown(label),
            )
    return labels


@attrs.frozen
class OutputMetadata:
    """The description of an output.

    Attributes:
        name: Its name in the plan; empty for the only output of a model.
        description: What it gives, for readers.
        labels: Of a float output the names along its last axis, in order, as of classes whose
            scores it gives; of an integer output the names of its values from 0 on.
        bounds: The values that it gives.
    """

    name: str = _text()
    description: str = attrs.field(default="", validator=_check_text, kw_only=True)
    labels: tuple[str, ...] = attrs.field(default=(), converter=_labels, kw_only=True)
    bounds: Bounds | None = attrs.field(default=None, validator=_IS_BOUNDS, kw_only=True)


def _inputs(value: Any) -> tuple[InputMetadata, ...]:
    return _distinct(value, InputMetadata)


def _outputs(value: Any) -> tuple[OutputMetadata, ...]:
    return _distinct(value, OutputMetadata)


def _distinct(value: Any, kind: type[T]) -> tuple[T, ...]:
    """A tuple of descriptions of different tensors; one description stands for a tuple of one."""
    items = (value,) if isinstance(value, kind) else value
    is_list = isinstance(items, Iterable) and not isinstance(items, str | dict)
    given = tuple(items) if is_list else ()
    found = tuple(item for item in given if isinstance(item, kind))
    if not is_list or len({item.name for item in found}) != len(given):
        raise OptionsError(
            "The metadata describe each tensor once.",
            where="metadata",
            expected=f"a list of litert_ir.{kind.__name__}, of different names",
            received=shown(value),
        )
    return found


@attrs.frozen(kw_only=True)
class Metadata:
    """The description of a file, which it carries in TFLite's metadata schema.

    Attributes:
        name: The model's name for its users.
        description: What it does.
        version: Its version, in any scheme.
        author: Who made it.
        license: Under what terms it may be used.
        inputs: Descriptions of inputs, of all or of some.
        outputs: Descriptions of outputs, of all or of some.

    Raises:
        OptionsError: When a part is none that metadata can hold.

    Example:
        >>> Metadata(name="Pets", outputs=OutputMetadata(labels=("cat", "dog"))).outputs[0].labels
        ('cat', 'dog')
    """

    name: str = _text()
    description: str = _text()
    version: str = _text()
    author: str = _text()
    license: str = _text()
    inputs: tuple[InputMetadata, ...] = attrs.field(default=(), converter=_inputs)
    outputs: tuple[OutputMetadata, ...] = attrs.field(default=(), converter=_outputs)

    @property
    def is_empty(self) -> bool:
        """Tell whether it says nothing."""
        return self == Metadata()
