"""Sizes as text on the command line: ``480x640``, ``points=2``."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import Token

from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown

Sizes = tuple[tuple[str, int], ...]
"""Each size with its name."""


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


def _number(option: str, expected: str, text: str, part: str) -> int:
    if not (part.strip().isascii() and part.strip().isdigit()) or int(part) == 0:
        raise _wrong(option, expected, text)
    return int(part)


def _wrong(option: str, expected: str, received: str) -> OptionsError:
    return OptionsError(
        "This is not a size.", where=option, expected=expected, received=shown(received)
    )
