"""Plans to JSON and back, exactly; fingerprints; and the rule for fields to come.

A document of format 2 is ``{"format": "litert_ir.plan/2", ...}`` with the fields of `ExportPlan`.
In every object of it, a field that has its default is left out, and fields that only inform
(`litert_ir.ir.informing`) are in an object of their own under ``"about"``: names of models,
refusals' reasons, notes, estimates, versions, how a task was configured. All others decide the
file. They are what `fingerprint_of` hashes, so that plans with one fingerprint make one file of
one model.

How a field is added:

- One that informs stays in format 2. It gets a default and the metadata `INFORMS`. Readers that do
  not know it ignore it, and whatever else they do not know inside of ``"about"``.
- One that decides the file stays in format 2, too, where its default means what plans said that
  were written before it. Such plans are read, and keep their fingerprints. Readers that do not
  know it refuse the plans that say something else with it, and name the version to use. So they
  do for a new member of an enum.
- All else is another format: a field that is renamed, moved or dropped, a default or a value of
  an enum that changes, a field whose meaning changes. Each format has a reader of its own
  (`litert_ir.ir.format_1`), and stored examples among the tests. `FORMAT` stays the first key, and
  ``versions`` keeps the place of litert_ir's version, which older readers name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from cattrs.errors import (
    BaseValidationError,
    ForbiddenExtraKeysError,
    StructureHandlerNotFoundError,
)

from litert_ir.errors import PlanError
from litert_ir.errors.shown import shown
from litert_ir.ir.format_1 import FORMAT_1, plan_of_1
from litert_ir.ir.format_2 import ABOUT, FORMAT_2, decisive_document, document_of, plan_of_2
from litert_ir.ir.plan import ExportPlan

FORMAT = FORMAT_2
"""The format that plans are written in."""

_READERS = {FORMAT_1: plan_of_1, FORMAT_2: plan_of_2}
_ANY_FORMAT = re.compile(r"litert_ir\.plan/[1-9][0-9]*")

# cattrs gathers what constructors and hooks raise; those of the outermost object it lets through.
_FAULTS = (
    BaseValidationError,
    StructureHandlerNotFoundError,
    RecursionError,
    ValueError,
    TypeError,
)


def plan_to_json(plan: ExportPlan, *, indent: int | None = None) -> str:
    """Write a plan as JSON: keys in field order, so that equal plans give equal text."""
    document = {"format": FORMAT, **document_of(plan)}
    separators = (",", ":") if indent is None else None
    return json.dumps(document, indent=indent, separators=separators, ensure_ascii=indent is None)


def fingerprint_of(plan: ExportPlan) -> str:
    """The SHA-256 of the canonical JSON of what decides the file, in hexadecimal."""
    text = json.dumps(decisive_document(plan), separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def plan_from_json(text: str) -> ExportPlan:
    """Read a plan back, of whatever format there has been.

    Raises:
        PlanError: When the text is not JSON, of another format, or not a valid plan.
    """
    document = _json(text)
    received = document.get("format") if isinstance(document, dict) else type(document).__name__
    read = _READERS.get(received) if isinstance(received, str) else None
    if read is None:
        raise _of_another_format(document, received)
    fields = {key: value for key, value in document.items() if key != "format"}
    try:
        return read(fields)
    except _FAULTS as error:
        raise _refused(fields, error) from error


def _json(text: object) -> Any:
    if not isinstance(text, str | bytes | bytearray):
        raise PlanError("This is not JSON.", expected="text", received=shown(text))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also too many digits, no UTF-8
        raise PlanError("This is not JSON.", received=str(error)) from error


def _of_another_format(document: Any, received: object) -> PlanError:
    expected = ", ".join(sorted(_READERS, reverse=True))
    if isinstance(received, str) and _ANY_FORMAT.fullmatch(received):
        return PlanError(
            "This plan is of a newer format than this litert_ir reads.",
            expected=expected,
            received=shown(received),
            advice=_newer(document),
        )
    return PlanError("This is not a plan.", expected=expected, received=shown(received))


def _refused(fields: dict[str, Any], error: BaseException) -> PlanError:
    cause = next(_causes(error))
    if isinstance(cause, ForbiddenExtraKeysError):
        return PlanError(
            "This plan has fields or values that this version of litert_ir does not know.",
            where=", ".join(sorted(map(shown, cause.extra_fields))),
            expected=f"the fields of {cause.cl.__name__}, as of litert_ir {version('litert_ir')}",
            received=", ".join(sorted(map(shown, cause.extra_fields))),
            advice=_newer(fields),
        )
    return PlanError(
        "This plan is damaged.",
        received=f"{type(cause).__name__}: {cause}",
        advice=_newer(fields) if _later_version(fields) else "",
    )


def _newer(document: Any) -> str:
    """The advice to read a plan with the version that it was made with."""
    made_with = _later_version(document)
    if made_with is None:
        return "read it with a newer litert_ir, or make it anew with plan_for"
    return f"read it with litert_ir {shown(made_with)}, which made it, or newer"


def _later_version(document: Any) -> str | None:
    """The version of litert_ir that made a plan, if it is later than this one."""
    from packaging.version import InvalidVersion, Version  # for errors alone

    found = _at(document, "versions", ABOUT, "litert_ir") or _at(document, "versions", "litert_ir")
    try:
        is_later = isinstance(found, str) and Version(found) > Version(version("litert_ir"))
    except InvalidVersion:
        return None
    return str(found) if is_later else None


def _at(document: Any, *keys: str) -> object:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _causes(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    else:
        yield error
