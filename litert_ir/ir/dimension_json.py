"""Dynamic dimensions as JSON: ``{"dynamic": "length", "minimum": 20}``, defaults left out.

So plans without bounds keep their earlier form, and old ones are read.
"""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.errors.shown import shown
from litert_ir.ir.scalars import exactly
from litert_ir.ir.tensor import DynamicDim

_NAME = "dynamic"
_DEFAULTS: dict[str, Any] = {
    field.name: field.default for field in attrs.fields(DynamicDim) if field.kw_only
}
_TYPES: dict[str, type] = {"source": str}


KEYS = frozenset({_NAME, *_DEFAULTS})
"""The keys that the object of a dimension may have."""


def dim_document(dim: DynamicDim) -> dict[str, object]:
    """The JSON object of a dimension, with its fields in order."""
    values = {name: getattr(dim, name) for name in _DEFAULTS}
    bounds = {name: value for name, value in values.items() if value != _DEFAULTS[name]}
    return {_NAME: dim.name, **bounds}


def is_dim_document(value: object) -> bool:
    """Tell whether a JSON value has the keys of a dimension's object, and no others."""
    return isinstance(value, dict) and _NAME in value and value.keys() <= KEYS


def dim_of(value: object) -> DynamicDim:
    """Read the JSON object of a dimension.

    Raises:
        TypeError: When it is no such object, or a field is of another type.
        ValueError: When no size is within its bounds.
    """
    if not isinstance(value, dict) or not is_dim_document(value):
        raise TypeError(f"expected a dynamic dimension, received {shown(value)}")
    fields: dict[str, Any] = {
        key: exactly(item, _TYPES.get(key, int)) for key, item in value.items() if key in _DEFAULTS
    }
    name = value[_NAME]
    return DynamicDim(None if name is None else exactly(name, str), **fields)
