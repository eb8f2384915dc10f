"""The root of all exceptions: how a message is put together, and how it travels."""

from __future__ import annotations

import copy
from typing import Any, Self

from typing_extensions import override

from litert_ir.errors.shown import printable


class LiteRTIRError(Exception):
    """Root of all errors raised by litert_ir.

    The message is the summary, followed by one line for each fact that is known.

    Args:
        summary: One sentence that says what is wrong.
        where: The path, option or file that the error is about.
        expected: What would have been accepted.
        received: What came instead.
        advice: What to do next.
    """

    def __init__(
        self,
        summary: str,
        *,
        where: str = "",
        expected: str = "",
        received: str = "",
        advice: str = "",
    ) -> None:
        self.summary = summary
        self.where = where
        self.expected = expected
        self.received = received
        self.advice = advice
        super().__init__(self._message())

    @property
    def facts(self) -> dict[str, str]:
        """The facts by name, to make an error of another class with: ``Other(text, **facts)``."""
        return {name: getattr(self, name) for name in ("where", "expected", "received", "advice")}

    def evolve(self, **changes: str) -> Self:
        """The same error with other facts, as `attrs.evolve` does it.

        Class, cause and all that the class knows beside the facts stay.

        Args:
            changes: Any of ``summary``, ``where``, ``expected``, ``received`` and ``advice``.

        Raises:
            TypeError: When there is no such fact.

        Example:
            >>> print(LiteRTIRError("It failed.", where="a").evolve(where="b", advice="do c"))
            It failed.
              where:    b
              to do:    do c
        """
        unknown = set(changes) - {"summary", *self.facts}
        if unknown:
            raise TypeError(f"an error has no {', '.join(sorted(unknown))}")
        told = copy.copy(self)
        vars(told).update(changes)
        super(LiteRTIRError, told).__init__(told._message())  # noqa: SLF001  (its own class)
        told.__cause__ = self.__cause__
        return told

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        # By default, exceptions are rebuilt from their message alone.
        return _restored, (type(self), *self.args), self.__dict__

    def _message(self) -> str:
        facts = (
            ("where", self.where),
            ("expected", self.expected),
            ("received", self.received),
            ("to do", self.advice),
        )
        lines = [f"  {label + ':':<10}{fact}" for label, fact in facts if fact]
        return printable("\n".join([self.summary, *lines]))


def _restored(kind: type[LiteRTIRError], message: str) -> LiteRTIRError:
    """A copied or unpickled error, before its fields are set."""
    error = kind.__new__(kind)
    super(LiteRTIRError, error).__init__(message)  # the builtin that it also inherits from
    return error
