"""Which known name somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LEAST_ALIKE = 0.4
"""By `difflib.SequenceMatcher.ratio`: one name in three letters' difference of a short one."""


def nearest_name(written: str, known: Iterable[str]) -> str | None:
    """The known name that is most like what was written, in any case; None where none is.

    Example:
        >>> nearest_name("Int8", ["INT8", "INT4"]), nearest_name("xyz", ["INT8"])
        ('INT8', None)
    """
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(written.lower(), by_lower, n=1, cutoff=_LEAST_ALIKE)
    return by_lower[found[0]] if found else None


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """A question to put behind a sentence, with the nearest name; empty where none is near.

    Example:
        >>> did_you_mean("verfy", ["verify", "verbose"])
        " Did you mean 'verify'?"
    """
    nearest = nearest_name(written, known)
    return "" if nearest is None else f" Did you mean {nearest!r}?"


def may_be(written: Iterable[str], known: Iterable[str]) -> list[str]:
    """What each of some names may stand for, those alone that a known one is like.

    Example:
        >>> may_be(["token_id", "xyz"], ["token_ids", "padding_mask"])
        ["'token_id' may be 'token_ids'"]
    """
    names = tuple(known)
    pairs = ((name, nearest_name(name, names)) for name in written)
    return [f"{name!r} may be {near!r}" for name, near in pairs if near is not None]
