"""Show on stderr what is being done; stdout is for the result alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from litert_ir.conversion.native_output import own_stderr
from litert_ir.conversion.progress import Progress


@contextlib.contextmanager
def phases(*, verbose: bool) -> Iterator[Progress]:
    """Show phases while the block runs: a spinner on a terminal, and a line each when verbose.

    The console owns a duplicate of file descriptor 2, because the converter points 1 and 2
    elsewhere while its native code runs.

    Args:
        verbose: Whether each phase leaves a line with the seconds since the start.

    Yields:
        A function to call with a short text when a phase starts.
    """
    with own_stderr() as stream:
        console = Console(file=stream)
        spinner = console.status("") if console.is_terminal else None
        started = time.perf_counter()

        def report(phase: str) -> None:
            if verbose:
                seconds = time.perf_counter() - started
                console.print(Text(f"{seconds:7.1f} s  {phase}"), soft_wrap=True)
            if spinner is not None:
                spinner.update(Text(phase))

        with spinner or contextlib.nullcontext():
            yield report
