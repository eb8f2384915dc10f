"""What a signal handler of the caller's raises while litert_ir waits for its child process.

It is the caller's own, whatever its class: no code that turns errors into others may take it for
a failure of a model or of a converter.
"""

from __future__ import annotations

_MARK = "_litert_ir_interruption"


def mark_interruption(error: BaseException) -> None:
    """Let `is_interruption` know an exception."""
    setattr(error, _MARK, True)


def is_interruption(error: BaseException) -> bool:
    """Whether a signal handler raised it while a call was waited for."""
    return hasattr(error, _MARK)
