"""What a call that gave no result becomes: the child's exception, or the way the child ended."""

from __future__ import annotations

import signal
import sys

from litert_ir.errors import ConversionError, ConverterCrashed
from litert_ir.isolation.child import Child
from litert_ir.isolation.messages import Raised, decode


def crash_of(child: Child, task: str, *, timed_out: bool) -> ConverterCrashed:
    """How a child ended that did not answer."""
    status = child.ended()
    return ConverterCrashed(
        task,
        signal=_signal_name(-status) if status < 0 and not timed_out else None,
        exit_code=status if status >= 0 and not timed_out else None,
        timed_out=timed_out,
        native_output=child.native_output,
    )


def _signal_name(number: int) -> str:
    known = {entry.value: entry.name for entry in signal.Signals}
    return known.get(number, f"signal {number}")


def exception_of(raised: Raised, task: str, native_output: str) -> Exception:
    """The child's exception, or what stands for it where this process cannot have it.

    An exception of a package that is not loaded here stays in the child: nobody here can expect
    it by name, and loading it would load the native code that the child keeps away.
    """
    package = raised.module.partition(".")[0]
    if raised.pickled is not None and (
        package in sys.modules or package in sys.stdlib_module_names
    ):
        error: Exception = decode(raised.pickled)
    else:
        error = ConversionError(f"An error ended {task}.", received=raised.text)
    error.add_note(f"In the child process:\n{raised.traceback}")
    if isinstance(error, ConversionError) and not error.native_output:
        error.native_output = native_output
    return error
