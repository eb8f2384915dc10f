"""Report progress as texts that carry their numbers, for progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")

_REPORTS = 20
_STEP = 32
"""The number of items between reports, where the total is unknown."""


class Counted(str):
    """The text of a phase in progress, with the numbers that it was made from.

    It is a string for any reader of progress texts; a progress bar reads the numbers.

    Args:
        phase: The activity, such as ``calibrating``.
        done: The number of finished items.
        total: The number of all items; None where it is unknown.
        unit: The name of the items.

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
    """Prefix a phase's text with the activity that it is a part of, and keep its numbers.

    Example:
        >>> prefixed("stablehlo", Counted("calibrating", 3, 9))
        'stablehlo: calibrating: 3 of 9 samples'
    """
    if isinstance(phase, Counted):
        return Counted(f"{prefix}: {phase.phase}", phase.done, phase.total, phase.unit)
    return f"{prefix}: {phase}"


@attrs.frozen
class CountedItems(Generic[T]):
    """Items that report how many of them have been processed, at each iteration.

    Attributes:
        items: The items; a length or a length hint gives the total.
        report: Called before the first item, some twenty times on the way, and after the last.
        phase: The activity.
        unit: The name of the items.
    """

    items: Iterable[T]
    report: Callable[[str], None]
    phase: str
    unit: str = attrs.field(default="samples", kw_only=True)

    def __iter__(self) -> Iterator[T]:
        total = self._total
        step = _STEP if total is None else max(1, total // _REPORTS)
        done = -1
        for done, item in enumerate(self.items):
            if done % step == 0:
                self._tell(done, total)
            yield item
        self._tell(done + 1, total)

    def __length_hint__(self) -> int:
        return NotImplemented if self._total is None else self._total

    @property
    def _total(self) -> int | None:
        hint = length_hint(self.items, -1)
        return None if hint < 0 else hint

    def _tell(self, done: int, total: int | None) -> None:
        self.report(Counted(self.phase, done, total, self.unit))
