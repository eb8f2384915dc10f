"""Handle foreign code: the exceptions it may raise, and iterables of its types."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from litert_ir.errors.interruption import reraise_interruption

FOREIGN_FAILURES: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""The exceptions of Python code of any origin; frameworks' own errors are separate."""

MOST_ELEMENTS = 100
"""The most elements of a list of options or strategies; an iterator may be endless."""


def elements(value: object) -> tuple[object, ...] | None:
    """Return the elements of a short iterable; None for other values, long ones and failures.

    Example:
        >>> elements(["DEFAULT"]), elements(3), elements(itertools.count())
        (('DEFAULT',), None, None)
    """
    if not isinstance(value, Iterable):
        return None
    try:
        found = tuple(itertools.islice(value, MOST_ELEMENTS + 1))
    except FOREIGN_FAILURES as error:  # symbolic tensors have an __iter__ that refuses
        reraise_interruption(error)
        return None
    return found if len(found) <= MOST_ELEMENTS else None
