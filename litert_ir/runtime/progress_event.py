"""Report progress as texts that carry the facts which they were made from."""

from __future__ import annotations

from typing import Any, Self


class ProgressEvent(str):
    """A phase that has begun, or got on.

    It is a string for any reader of progress texts; programs read its facts.

    Attributes:
        phase: The activity, such as ``converting``.
        strategy: The name of the strategy at work; "" where it is not the work of one.

    Example:
        >>> event = ProgressEvent("converting", strategy="stablehlo")
        >>> event, event.phase
        ('stablehlo: converting', 'converting')
    """

    phase: str
    strategy: str

    def __new__(cls, phase: str, *, strategy: str = "") -> Self:
        """Make the text from the facts."""
        return cls._of_text(phase, phase=phase, strategy=strategy)

    @classmethod
    def _of_text(cls, text: str, *, strategy: str, **facts: Any) -> Self:
        event = super().__new__(cls, f"{strategy}: {text}" if strategy else text)
        vars(event).update(facts, strategy=strategy)
        return event

    @classmethod
    def of(cls, text: str) -> ProgressEvent:
        """Return a text as an event; one that is an event stays as it is."""
        return text if isinstance(text, ProgressEvent) else ProgressEvent(text)

    def by(self, strategy: str) -> Self:
        """Return the event as part of the work of a strategy.

        Example:
            >>> ProgressEvent("converting").by("direct")
            'direct: converting'
        """
        return self._of_text(self, **{**vars(self), "strategy": strategy})
