"""The root of all exceptions: how a message is put together, and how it travels."""

from __future__ import annotations

from typing import Any

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
