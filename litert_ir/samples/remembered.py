"""Iterators that can be read more than once, as what was read of them is remembered."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any


class Remembered:
    """What an iterator gives, each time from its first item on; read as far as it is asked for.

    An error of the iterator comes each time, too: a generator that failed is at its end, and would
    look like one that gave all it had.

    Args:
        items: The iterator, which nobody else reads.
    """

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._known: list[Any] = []
        self._failure: Exception | None = None

    def __iter__(self) -> Iterator[Any]:
        for index in itertools.count():
            if index == len(self._known):
                try:
                    self._known.append(self._next())
                except StopIteration:
                    return
            yield self._known[index]

    def _next(self) -> Any:
        if self._failure is not None:
            raise self._failure
        try:
            return next(self._items)
        except StopIteration:
            raise
        except Exception as failure:
            self._failure = failure
            raise


def rereadable(source: Iterable[Any] | None) -> Iterable[Any] | None:
    """The same, where that is an iterator with its items remembered."""
    return Remembered(source) if isinstance(source, Iterator) else source
