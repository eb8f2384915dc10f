"""Show progress on stderr; stdout is for the result alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text
from typing_extensions import override

from litert_ir.cli.streams import QuietConsole
from litert_ir.conversion.progress import Progress
from litert_ir.isolation.native_output import own_stderr
from litert_ir.runtime.counting import Counted


@contextlib.contextmanager
def phases(*, verbose: bool) -> Iterator[Progress]:
    """Show phases while the block runs.

    On a terminal, show a spinner, with a bar for a phase that counts items (`Counted`); when
    verbose, print a line for each phase.

    The console owns a duplicate of file descriptor 2, because descriptors 1 and 2 are redirected
    while native code runs.

    Args:
        verbose: Whether to print a line for each phase, with the seconds since the start.

    Yields:
        A function to call with a short text when a phase starts or advances.
    """
    with own_stderr() as stream:
        console = QuietConsole(file=stream)
        shown = Shown(console) if console.is_terminal else None
        log = _Log(console) if verbose else None

        def report(phase: str) -> None:
            with contextlib.suppress(OSError):  # a closed stderr must not end the export
                if log is not None:
                    log.add(phase)
                if shown is not None:
                    shown.update(phase)

        with shown.bars if shown is not None else contextlib.nullcontext():
            yield report


class _Log:
    """A printer of one line per phase; a phase that counts has a line at its start and its end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.perf_counter()

    def add(self, phase: str) -> None:
        """Print the phase's line, if it has one."""
        if isinstance(phase, Counted) and phase.done not in (0, phase.total):
            return
        seconds = time.perf_counter() - self._started
        self._console.print(Text(f"{seconds:7.1f} s  {phase}"), soft_wrap=True)


class Shown:
    """The text on the terminal's last line."""

    def __init__(self, console: Console) -> None:
        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            _KnownBar(),
            console=console,
            transient=True,
        )
        self._task = self.bars.add_task("", total=None)

    def update(self, phase: str) -> None:
        """Show another phase, or the progress of the same one."""
        if isinstance(phase, Counted) and phase.total is not None:
            self.bars.update(self._task, description=phase, completed=phase.done, total=phase.total)
            return
        self.bars.remove_task(self._task)  # rich cannot unset a total
        self._task = self.bars.add_task(phase, total=None)


class _KnownBar(ProgressColumn):
    """A bar for a phase with a known total; empty otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = BarColumn(bar_width=30)

    @override
    def render(self, task: Task) -> RenderableType:
        return Text("") if task.total is None else self._bar.render(task)
