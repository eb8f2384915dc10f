"""Progress in numbers, for those who show a bar, which is a text for all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from typing import TypeVar

T = TypeVar("T")


class Counted(str):
    """The text of a phase that is under way, with the numbers that it was made from.

    Whoever takes progress as texts gets one; a progress bar takes the numbers.

    Args:
        phase: What is being done, such as ``calibrating``.
        done: How many are done.
        total: How many there are; None where nobody knows.
        unit: What is counted.

    Example:
        >>> Counted("calibrating", 32, 300), Counted("calibrating", 32).total
        ('calibrating: 32 of 300 samples', None)
    """

    phase: str
    done: int
    total: int | None
    unit: str

    def __new__(
        cls, phase: str, done: int, total: int | None = None, unit: str = "samples"
    ) -> Counted:
        """Make the text from the numbers."""
        of_all = "" if total is None else f" of {total}"
        text = super().__new__(cls, f"{phase}: {done}{of_all} {unit}")
        text.phase, text.done, text.total, text.unit = phase, done, total, unit
        return text


def prefixed(prefix: str, phase: str) -> str:
    """A phase's text behind what it is a part of; what it counts stays countable.

    Example:
        >>> prefixed("stablehlo", Counted("calibrating", 3, 9))
        'stablehlo: calibrating: 3 of 9 samples'
    """
    if isinstance(phase, Counted):
        return Counted(f"{prefix}: {phase.phase}", phase.done, phase.total, phase.unit)
    return f"{prefix}: {phase}"


def counted(
    items: Iterable[T], report: Callable[[str], None], phase: str, *, unit: str = "samples"
) -> Iterator[T]:
    """Pass items on, and report how many of them have been dealt with.

    Args:
        items: What is counted; where it knows its length, or gives a hint, the total is reported.
        report: Called before the first item and after each.
        phase: What is being done with them.
        unit: What they are.
    """
    total = length_hint(items, -1)
    known = None if total < 0 else total
    report(Counted(phase, 0, known, unit))
    for done, item in enumerate(items, 1):
        yield item
        report(Counted(phase, done, known, unit))
