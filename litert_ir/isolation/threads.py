"""Start threads, and report a system limit on their number."""

from __future__ import annotations

import threading

from litert_ir.errors import ConversionError
from litert_ir.errors.interruption import reraise_interruption


def start_thread(thread: threading.Thread) -> None:
    """Start a thread.

    Raises:
        ConversionError: When the system allows this process no more threads.
    """
    try:
        thread.start()
    except RuntimeError as error:
        reraise_interruption(error)
        raise ConversionError(
            "A thread that waits for the child process cannot be started.",
            received=str(error),
            advice="end other processes and threads, or raise the limit (ulimit -u)",
        ) from error
