"""Convert results to the types that JSON has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np


@runtime_checkable
class HasData(Protocol):
    """An object that says itself what it is in JSON's types."""

    def to_data(self) -> dict[str, Any]:
        """Return the object in JSON's types."""


def plain(value: object) -> Any:
    """Return a value in JSON's types.

    Enums are their values; attrs objects are dicts of their public fields that have a ``repr``;
    scalars of numpy are numbers; infinities and NaN, which JSON lacks, are texts; any other object
    is its text.

    Example:
        >>> plain((1, float("inf"), {"a": None}))
        [1, 'inf', {'a': None}]
    """
    if isinstance(value, HasData):
        return value.to_data()
    if attrs.has(type(value)):
        return fields_of(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(each) for each in value]
    return _plain_scalar(value)


def fields_of(value: object) -> dict[str, Any]:
    """Return the public fields of an attrs object that have a ``repr``, in JSON's types."""
    fields = attrs.fields_dict(type(value))  # type: ignore[arg-type]  # an attrs class
    return {
        name: plain(getattr(value, name))
        for name, field in fields.items()
        if field.repr and not name.startswith("_")
    }


def _plain_scalar(value: object) -> Any:
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
