"""Mark the fields of a plan that inform its readers: the file does not depend on them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

_KEY = "litert_ir.informs"

INFORMS: Mapping[str, bool] = MappingProxyType({_KEY: True})
"""The metadata of such a field: ``notes: str = attrs.field(metadata=INFORMS)``."""


def informing_fields(cls: type[attrs.AttrsInstance]) -> frozenset[str]:
    """The names of a class's fields that inform; all others decide the file.

    Example:
        >>> from litert_ir.ir.plan import RouteStep
        >>> informing_fields(RouteStep)
        frozenset({'refusal'})
    """
    return frozenset(field.name for field in attrs.fields(cls) if field.metadata.get(_KEY))
