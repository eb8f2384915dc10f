"""Convert a failed call to an exception: the child's own, or the way the child ended."""

from __future__ import annotations

import signal
import sys

from litert_ir.errors import ConversionError, ConverterCrashed, LiteRTIRError
from litert_ir.isolation.call import Order
from litert_ir.isolation.child import Child
from litert_ir.isolation.messages import Raised, decode


def crash_of(child: Child, order: Order, *, timed_out: bool) -> ConverterCrashed:
    """Describe the end of a child that did not answer."""
    status = child.ended()
    return ConverterCrashed(
        order.task,
        signal=_signal_name(-status) if status < 0 and not timed_out else None,
        exit_code=status if status >= 0 and not timed_out else None,
        timed_out=timed_out,
        time_limit_s=order.time_limit_s,
        native_output=child.native_output,
    )


def _signal_name(number: int) -> str:
    known = {entry.value: entry.name for entry in signal.Signals}
    return known.get(number, f"signal {number}")


def exception_of(raised: Raised, order: Order, native_output: str) -> Exception:
    """Rebuild the child's exception, or replace it where this process cannot represent it.

    An exception of a package that is not loaded here stays in the child: no caller can expect it by
    name, and unpickling it would load the native code that the child isolates.
    """
    package = raised.module.partition(".")[0]
    if raised.pickled is not None and (
        package in sys.modules or package in sys.stdlib_module_names
    ):
        error: Exception = decode(raised.pickled)
        if not isinstance(error, LiteRTIRError):
            error = _translated(error, order)
    else:
        error = ConversionError(f"An error ended {order.task}.", received=raised.text)
    error.add_note(f"In the child process:\n{raised.traceback}")
    if isinstance(error, ConversionError) and not error.native_output:
        error.native_output = native_output
    return error


def _translated(error: Exception, order: Order) -> Exception:
    """Apply the caller's translation, raised from the exception."""
    translated = order.translate(error)
    if translated is not error:
        translated.__cause__ = error
    return translated
