"""What becomes of a case where it is not a file that agrees with its model."""

from __future__ import annotations

from collections.abc import Iterable

import attrs


@attrs.frozen(kw_only=True)
class FallsBack:
    """The strategy gives up, and rightly: the next one is to be tried.

    Attributes:
        reason: A part of the error.
        only_dynamic: Whether it converts where the batch is fixed.
    """

    reason: str
    only_dynamic: bool = False


@attrs.frozen
class Lacking:
    """Keras itself cannot do it on this backend, or not while it is traced; it is not tried.

    Attributes:
        reason: What Keras does instead.
    """

    reason: str


Expectation = FallsBack | Lacking
Expectations = dict[str, Expectation]


def alike(expectation: Expectation, names: str | Iterable[str]) -> Expectations:
    """The same expectation of several cases; their names stand in a list or in a text."""
    return dict.fromkeys(names.split() if isinstance(names, str) else names, expectation)
