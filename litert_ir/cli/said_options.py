"""List the options that a command line gives, of a group of options."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
from cyclopts import Parameter


def said_options(options: Any, but: Collection[str] = ()) -> tuple[str, ...]:
    """Return the options that differ from their defaults, as they are written.

    Args:
        options: An object of frozen options.
        but: The fields to leave out.

    Example:
        >>> from litert_ir.cli.command_options import PlanOptions
        >>> said_options(PlanOptions(batch_size=1, select_tf_ops=True))
        ('--batch-size', '--select-tf-ops')
    """
    return tuple(_said(options, but))


def _said(options: Any, but: Collection[str]) -> Iterator[str]:
    hints = get_type_hints(type(options), include_extras=True)
    for field in attrs.fields(type(options)):
        value = getattr(options, field.name)
        if field.name in but or value == field.default:
            continue
        if attrs.has(type(value)):
            yield from _said(value, but)
        else:
            yield _written(field.name, hints[field.name])


def _written(field: str, hint: Any) -> str:
    """Return the first name of an option: its parameter's, or one made of the field's."""
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, Parameter) and extra.name:
                return next(iter((extra.name,) if isinstance(extra.name, str) else extra.name))
    return f"--{field.replace('_', '-')}"
