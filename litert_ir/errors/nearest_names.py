"""Find the known name nearest to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LEAST_ALIKE = 0.4
"""The least ratio of `difflib.SequenceMatcher`: a short name with one of three letters wrong."""


def nearest_name(written: str, known: Iterable[str]) -> str | None:
    """Return the known name most similar to the written one, ignoring case; None if none is.

    Example:
        >>> nearest_name("Int8", ["INT8", "INT4"]), nearest_name("xyz", ["INT8"])
        ('INT8', None)
    """
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(written.lower(), by_lower, n=1, cutoff=_LEAST_ALIKE)
    return by_lower[found[0]] if found else None


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return a question with the nearest name to append to a sentence; empty if none is near.

    Example:
        >>> did_you_mean("verfy", ["verify", "verbose"])
        " Did you mean 'verify'?"
    """
    nearest = nearest_name(written, known)
    return "" if nearest is None else f" Did you mean {nearest!r}?"


def may_be(written: Iterable[str], known: Iterable[str]) -> list[str]:
    """Suggest a known name for each misspelt one; names without a near one are left out.

    Example:
        >>> may_be(["token_id", "xyz"], ["token_ids", "padding_mask"])
        ["'token_id' may be 'token_ids'"]
    """
    names = tuple(known)
    pairs = ((name, nearest_name(name, names)) for name in written)
    return [f"{name!r} may be {near!r}" for name, near in pairs if near is not None]
