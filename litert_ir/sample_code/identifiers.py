"""Names of tensors as identifiers of a programming language."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable


class Style(enum.Enum):
    """The spelling of a name of several words."""

    SNAKE = "snake_case"
    CAMEL = "camelCase"


def identifiers(names: Iterable[str], style: Style, taken: Collection[str]) -> dict[str, str]:
    """Give each name an identifier that no other name has.

    Args:
        names: The names.
        style: Their spelling.
        taken: Identifiers that mean something already, reserved words included.

    Example:
        >>> identifiers(["token_ids", "x/y:0", "token ids", "in"], Style.CAMEL, {"in"})
        {'token_ids': 'tokenIds', 'x/y:0': 'xY0', 'token ids': 'tokenIds2', 'in': 'in2'}
    """
    found: dict[str, str] = {}
    used = set(taken)
    for name in dict.fromkeys(names):
        plain = _spelt(name, style)
        numbered = (f"{plain}{number}" for number in range(2, len(used) + 3))
        found[name] = plain if plain not in used else next(n for n in numbered if n not in used)
        used.add(found[name])
    return found


def type_name(name: str) -> str:
    """A name as that of a class.

    Example:
        >>> type_name("mobilenet v2-1.0"), type_name("3d")
        ('MobilenetV210', 'Model3d')
    """
    words = _words(name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Model{joined}"


def _spelt(name: str, style: Style) -> str:
    words = _words(name)
    if style is Style.SNAKE:
        joined = "_".join(words).lower()
    else:
        first, *others = words or [""]
        joined = first[:1].lower() + first[1:]
        joined += "".join(word[:1].upper() + word[1:] for word in others)
    return joined if joined[:1].isalpha() else f"x{joined}"


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+", name)
