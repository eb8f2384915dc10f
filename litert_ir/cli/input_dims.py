"""Read and write a dimension as text: ``224``, ``?``, ``length``, ``length:32..512:8``."""

from __future__ import annotations

import re

from litert_ir.cli.size_options import size_in
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import Dim, DynamicDim

_DYNAMIC, _RANGE, _SEPARATOR = "?", "..", ":"
_BOUNDS = re.compile(r"(\d*) *\.\. *(\d*)", re.ASCII)
_IN_NO_NAME = re.compile(r"[\s,:=?]|\.\.")
_FORMS = "a size of 1 or more; ? for a dynamic one; or NAME, MIN..MAX, NAME:MIN..MAX:MULTIPLE"


def parse_dim(text: str) -> Dim:
    """Read one dimension.

    Args:
        text: A size; ``?``; or a name, then a range, then a number that sizes are multiples of,
            with ``:`` between them. The name, either end of the range, and the number may be left
            out, as may everything behind the name.

    Raises:
        OptionsError: When the text is malformed, or when no size is within the bounds.

    Example:
        >>> [str(parse_dim(text)) for text in ("8", "?", "n", "n:32..", "..512", "n:8..64:8")]
        ['8', '?', 'n=?', 'n=32..', '1..512', 'n=8..64:8']
    """
    parts = [part.strip() for part in text.split(_SEPARATOR)]
    if parts == [_DYNAMIC]:
        return DynamicDim()
    if len(parts) == 1 and _RANGE not in parts[0] and not _is_name(parts[0]):
        return _size(parts[0], text)
    name = parts.pop(0) if _is_name(parts[0]) else None
    return _dynamic(name, parts, text)


def dim_text(dim: Dim) -> str:
    """Return the text that `parse_dim` reads as ``dim``, without the source of its bounds.

    Raises:
        OptionsError: When the name contains characters of the syntax.

    Example:
        >>> dim_text(DynamicDim("length", minimum=32, multiple_of=8))
        'length:32..:8'
    """
    if isinstance(dim, int):
        return str(dim)
    if dim.name is None:
        return dim.bounds_text
    if not _is_name(dim.name):
        raise OptionsError(
            "The name of a dimension cannot be written on the command line.",
            where="--input",
            expected="a letter, then anything but blanks, comma, colon, =, ? and ..",
            received=shown(dim.name),
            advice="pass input_signature in Python, or another name",
        )
    return f"{dim.name}{_SEPARATOR}{dim.bounds_text}" if dim.is_bounded else dim.name


def _is_name(text: str) -> bool:
    return text[:1].isidentifier() and not _IN_NO_NAME.search(text)


def _dynamic(name: str | None, parts: list[str], text: str) -> DynamicDim:
    """Build a dimension from the remaining parts, which give its bounds."""
    bounds = _BOUNDS.fullmatch(parts[0] if parts else _RANGE)
    if len(parts) > 2 or bounds is None:
        raise _not_understood(text)
    minimum = _size(bounds[1], text) if bounds[1] else 1
    maximum = _size(bounds[2], text) if bounds[2] else None
    multiple = _size(parts[1], text) if len(parts) == 2 else 1
    try:
        return DynamicDim(name, minimum=minimum, maximum=maximum, multiple_of=multiple)
    except ValueError as error:
        raise OptionsError(
            "No size is within the bounds of a dimension.",
            where="--input",
            expected="a multiple between the smallest and the largest size",
            received=shown(text.strip()),
        ) from error


def _size(text: str, whole: str) -> int:
    size = size_in(text)
    if size is None:
        raise _not_understood(whole)
    return size


def _not_understood(text: str) -> OptionsError:
    return OptionsError(
        "A dimension is a size, or what is known of a dynamic one.",
        where="--input",
        expected=_FORMS,
        received=shown(text.strip()),
    )
