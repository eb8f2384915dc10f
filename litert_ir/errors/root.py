"""Define the root of all exceptions: the composition of its message, copying and pickling."""

from __future__ import annotations

import copy
from typing import Any, Self

from typing_extensions import override

from litert_ir.errors.shown import printable


class LiteRTIRError(Exception):
    """Root of all errors raised by litert_ir.

    The message is the summary, followed by one line for each known fact.

    Args:
        summary: One sentence that states the fault.
        where: The path, option or file that the error is about.
        expected: The accepted values.
        received: The value received instead.
        advice: The next step.
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
        """Return the facts by name, to make an error of another class: ``Other(text, **facts)``."""
        return {name: getattr(self, name) for name in ("where", "expected", "received", "advice")}

    def evolve(self, **changes: str) -> Self:
        """Return the same error with other facts, as `attrs.evolve` does.

        The class, the cause and the other attributes stay.

        Args:
            changes: Any of ``summary``, ``where``, ``expected``, ``received`` and ``advice``.

        Raises:
            TypeError: When a fact's name is unknown.

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
    """Create a copied or unpickled error, before its fields are set."""
    error = kind.__new__(kind)
    super(LiteRTIRError, error).__init__(message)  # the builtin base class
    return error
