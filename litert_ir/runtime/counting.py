"""Count the items of a phase, for progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from typing import Generic, Self, TypeVar

import attrs

from litert_ir.runtime.progress_event import ProgressEvent

T = TypeVar("T")

_REPORTS = 20
_STEP = 32
"""The number of items between reports, where the total is unknown."""


class Counted(ProgressEvent):
    """A phase that counts the items which it has processed.

    Args:
        phase: The activity, such as ``calibrating``.
        done: The number of finished items.
        total: The number of all items; None where it is unknown.
        unit: The name of the items.

    Example:
        >>> Counted("calibrating", 32, 300), Counted("calibrating", 32).total
        ('calibrating: 32 of 300 samples', None)
    """

    done: int
    total: int | None
    unit: str

    def __new__(
        cls, phase: str, done: int, total: int | None = None, unit: str = "samples"
    ) -> Self:
        """Make the text from the numbers."""
        of_all = "" if total is None else f" of {total}"
        text = f"{phase}: {done}{of_all} {unit}"
        return cls._of_text(text, phase=phase, strategy="", done=done, total=total, unit=unit)


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
