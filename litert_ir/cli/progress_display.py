"""Show progress on stderr; stdout is for the result alone."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import TextIO

from rich.console import Console
from rich.text import Text

from litert_ir.cli.command_options import ProgressStyle, ReportOptions
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.shown_progress import QuietConsole, shown_by_caller, shown_progress
from litert_ir.isolation.native_output import own_stderr
from litert_ir.runtime.counting import Counted
from litert_ir.runtime.progress_event import ProgressEvent

STARTED: ContextVar[float | None] = ContextVar("started", default=None)
"""The start of the command, on the clock of `time.perf_counter`; None outside of one."""


@contextlib.contextmanager
def phases(report: ReportOptions) -> Iterator[Progress]:
    """Show phases while the block runs, in the style that the options say.

    Args:
        report: Options of the output.

    Yields:
        A function to call with a short text when a phase starts or advances.
    """
    with _shown(report) as show:

        def tell(phase: str) -> None:
            with contextlib.suppress(OSError):  # a closed stderr must not end the export
                for each in show:
                    each(phase)

        yield tell


@contextlib.contextmanager
def _shown(report: ReportOptions) -> Iterator[list[Callable[[str], None]]]:
    """Yield what is to be called with each phase."""
    with contextlib.ExitStack() as open_:
        show: list[Callable[[str], None]] = []
        if report.shows_progress_line:
            line = open_.enter_context(shown_progress())
            show.extend([] if line is None else [line])
        else:
            open_.enter_context(shown_by_caller())
        if report.logs_phases:
            show.append(_Log(QuietConsole(file=open_.enter_context(own_stderr()))).add)
        if report.progress is ProgressStyle.JSON:
            stream = open_.enter_context(own_stderr())
            show.append(lambda phase: write_event(stream, _facts(ProgressEvent.of(phase))))
        yield show


class _Log:
    """A printer of one line per phase; a phase that counts has a line at its start and its end."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def add(self, phase: str) -> None:
        """Print the phase's line, if it has one."""
        if isinstance(phase, Counted) and phase.done not in (0, phase.total):
            return
        self._console.print(Text(f"{seconds_spent():7.1f} s  {phase}"), soft_wrap=True)


def seconds_spent() -> float:
    """Return the seconds since the start of the command."""
    started = STARTED.get()
    return 0.0 if started is None else time.perf_counter() - started


def write_event(stream: TextIO, facts: Mapping[str, object]) -> None:
    """Write one event as a line of JSON, with the seconds since the start of the command."""
    line = json.dumps({**facts, "seconds": round(seconds_spent(), 3)})
    print(line, file=stream, flush=True)


def _facts(event: ProgressEvent) -> dict[str, object]:
    counted = (
        {"done": event.done, "total": event.total, "unit": event.unit}
        if isinstance(event, Counted)
        else {}
    )
    return {
        "event": "progress",
        "text": str(event),
        "phase": event.phase,
        "strategy": event.strategy or None,
        **counted,
    }
