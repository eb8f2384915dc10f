"""Make iterators readable more than once by caching their items."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any


class Remembered:
    """The items of an iterator, from the first one at each iteration; read only as far as needed.

    An error of the iterator is raised at each iteration: a generator that failed is exhausted, and
    would look as if it had ended normally.

    Args:
        items: The iterator, which has no other reader.
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
    """Return the source, with an iterator's items cached."""
    return Remembered(source) if isinstance(source, Iterator) else source
