"""Plans as documents of format 2; its rule is in `litert_ir.ir.json`."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import attrs
from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from litert_ir.ir.dimension_json import KEYS, dim_document, dim_of
from litert_ir.ir.informing import informing_fields
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.scalars import exactly
from litert_ir.ir.structuring import NODE, NODE_TAGS, strict_converter
from litert_ir.ir.tensor import Dim, DynamicDim

FORMAT_2 = "litert_ir.plan/2"

ABOUT = "about"
"""The key of informing fields: no file depends on them, and readers ignore unknown ones."""

_TAGS = {cls: tag for tag, cls in NODE_TAGS.items()}


def document_of(value: Any) -> Any:
    """The JSON of a plan or of a part of it: fields in order, those with their default left out."""
    return _document(value, with_about=True)


def decisive_document(plan: ExportPlan) -> Any:
    """The part of a plan's JSON on which the file depends: all but the ``about`` objects."""
    return _document(plan, with_about=False)


def plan_of_2(document: dict[str, Any]) -> ExportPlan:
    """Read the plan of a document of format 2.

    Args:
        document: The document without its format.

    Raises:
        BaseValidationError: When it is no valid plan, or says what decides the file in fields
            that this version does not know; see `cattrs.errors`.
        ValueError: The same.
        TypeError: The same.
    """
    return _CONVERTER.structure(document, ExportPlan)


def _document(value: Any, *, with_about: bool) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        return [_document(item, with_about=with_about) for item in value]
    if isinstance(value, DynamicDim):
        return dim_document(value)
    if attrs.has(type(value)):
        return _object(value, with_about=with_about)
    return value


def _object(value: attrs.AttrsInstance, *, with_about: bool) -> dict[str, Any]:
    cls = type(value)
    informing = informing_fields(cls)
    deciding: dict[str, Any] = {NODE: _TAGS[cls]} if cls in _TAGS else {}
    about: dict[str, Any] = {}
    for field in attrs.fields(cls):
        item = getattr(value, field.name)
        if item != field.default:
            into = about if field.name in informing else deciding
            into[field.name] = _document(item, with_about=with_about)
    return {**deciding, ABOUT: about} if about and with_about else deciding


def _converter(informing: Converter | None) -> Converter:
    """A reader of documents.

    Args:
        informing: The reader of what informs; None for that reader itself, which ignores what it
            does not know at every depth.
    """
    converter = strict_converter()
    converter.register_structure_hook(Dim, _structure_dim)
    converter.register_structure_hook_factory(
        attrs.has, lambda cls: _object_hook(cls, converter, informing)
    )
    return converter


def _structure_dim(value: object, _type: object) -> Dim:
    if not isinstance(value, dict):
        return exactly(value, int)
    fields = dict(value)
    exactly(fields.pop(ABOUT, {}), dict)
    if unknown := fields.keys() - KEYS:
        raise ForbiddenExtraKeysError(None, DynamicDim, unknown)
    return dim_of(fields)


def _object_hook(
    cls: type[attrs.AttrsInstance], converter: Converter, informing: Converter | None
) -> Callable[[object, Any], Any]:
    names = informing_fields(cls)
    known = frozenset(field.name for field in attrs.fields(cls))
    lenient = informing or converter
    settings: dict[str, Any] = {name: override(struct_hook=lenient.structure) for name in names}
    fill = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **settings)

    def structure(value: object, _type: Any) -> Any:
        fields = dict(exactly(value, dict))
        about = exactly(fields.pop(ABOUT, {}), dict)
        if misplaced := names & fields.keys():
            raise ValueError(f"{', '.join(sorted(misplaced))} outside of {ABOUT!r}")
        if informing is None:
            fields = {key: item for key, item in fields.items() if key in known}
        return fill({**fields, **{key: about[key] for key in names & about.keys()}}, cls)

    return structure


_CONVERTER = _converter(_converter(None))
