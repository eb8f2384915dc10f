"""Distinguish exceptions that a signal handler raises while litert_ir works or waits.

Such an exception is the caller's own, whatever its class, for example the TimeoutError of a time
limit by `signal.alarm`: code that translates errors must not take it for a failure of a model, of a
converter or of the disk.
"""

from __future__ import annotations

import inspect
import signal
import traceback
from collections.abc import Iterator
from types import CodeType
from typing import Any

_MARK = "_litert_ir_interruption"


def mark_interruption(error: BaseException) -> None:
    """Mark an exception, for `is_interruption`."""
    setattr(error, _MARK, True)


def is_interruption(error: BaseException) -> bool:
    """Return whether a signal handler raised it: by its mark, or by its traceback."""
    if hasattr(error, _MARK):
        return True
    codes = set(_codes_of_handlers())
    return any(frame.f_code in codes for frame, _ in traceback.walk_tb(error.__traceback__))


def reraise_interruption(error: BaseException) -> None:
    """Raise an exception again, in an ``except`` clause, if a signal handler raised it."""
    if is_interruption(error):
        raise error


def _codes_of_handlers() -> Iterator[CodeType]:
    """Yield the code of the handlers that are set; native handlers raise no Python exceptions."""
    for number in signal.valid_signals():
        code = _code_of(signal.getsignal(number))
        if code is not None:
            yield code


def _code_of(handler: Any) -> CodeType | None:
    """Return the code of a function, a method, a partial of one, or a callable object."""
    if not callable(handler):  # SIG_DFL and SIG_IGN, or None
        return None
    inner = getattr(handler, "func", None) or getattr(handler, "__func__", handler)
    code = getattr(inner, "__code__", None)
    if code is None:
        code = getattr(inspect.getattr_static(type(inner), "__call__", None), "__code__", None)
    return code if isinstance(code, CodeType) else None
