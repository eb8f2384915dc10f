"""Read sizes as text on the command line: ``480x640``, ``points=2``."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import Token

from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import is_size

Sizes = tuple[tuple[str, int], ...]
"""Each size with its name."""
_MOST_DIGITS = 100
"""The most digits, including leading zeros; Python reads no number of more than some thousand."""


def convert_image_size(_type: object, tokens: Sequence[Token]) -> tuple[int, int]:
    """Read ``--image-size``: a height and a width with an ``x`` between them, or one for both.

    Raises:
        OptionsError: When it is neither.
    """
    (token,) = tokens
    sides = [
        _number("--image-size", "a size such as 224 or 480x640", token.value, side)
        for side in token.value.lower().split("x")
    ]
    if len(sides) > 2:
        raise _wrong("--image-size", "a size such as 224 or 480x640", token.value)
    return sides[0], sides[-1]


def convert_sizes(_type: object, tokens: Sequence[Token]) -> Sizes:
    """Read all the ``--size`` options of a command line.

    Raises:
        OptionsError: When one is not ``NAME=N``, or two have the same name.
    """
    found: dict[str, int] = {}
    for token in tokens:
        name, _, size = token.value.partition("=")
        if not name.strip() or name.strip() in found:
            raise _wrong("--size", "NAME=N, each name once", token.value)
        found[name.strip()] = _number("--size", "NAME=N, such as points=2", token.value, size)
    return tuple(found.items())


def size_in(text: str) -> int | None:
    """Read a size; None for text that is not a size that a dimension can have.

    Example:
        >>> size_in(" 224"), size_in("0"), size_in("²"), size_in("9" * 5000)
        (224, None, None, None)
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        return None
    return int(digits) if is_size(int(digits)) else None


def _number(option: str, expected: str, text: str, part: str) -> int:
    size = size_in(part)
    if size is None:
        raise _wrong(option, expected, text)
    return size


def _wrong(option: str, expected: str, received: str) -> OptionsError:
    return OptionsError(
        "This is not a size.", where=option, expected=expected, received=shown(received)
    )
