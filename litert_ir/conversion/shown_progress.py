"""Show progress where somebody looks: on a terminal's last line, or below a notebook's cell."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text
from typing_extensions import override

from litert_ir.backends import loaded
from litert_ir.isolation.native_output import own_stderr
from litert_ir.runtime.counting import Counted

_IS_SHOWN: ContextVar[bool] = ContextVar("is_shown", default=False)
"""Set while a caller further out shows the progress: there is one last line."""


class QuietConsole(Console):
    """A console whose write errors are ignored."""

    @override
    def on_broken_pipe(self) -> None:
        self.quiet = True


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[str], None] | None]:
    """Show progress for the duration: in a notebook, else on a terminal.

    A terminal shows a spinner, with a bar for a phase that counts items (`Counted`). What is shown
    is removed at the end.

    Yields:
        A function to call with each phase; None where nobody looks, or a caller shows progress.
    """
    if _IS_SHOWN.get():
        yield None
        return
    token = _IS_SHOWN.set(True)
    try:
        with _in_notebook() if notebook_display() else _on_terminal() as show:
            yield show
    finally:
        _IS_SHOWN.reset(token)


@contextlib.contextmanager
def shown_by_caller() -> Iterator[None]:
    """Show no progress for the duration, as the caller shows its own."""
    token = _IS_SHOWN.set(True)
    try:
        yield
    finally:
        _IS_SHOWN.reset(token)


def notebook_display() -> Callable[..., Any] | None:
    """Return IPython's function that displays objects, where code runs in a notebook's kernel."""
    ipython = loaded("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if ipython is None or getattr(shell, "kernel", None) is None:
        return None
    display: Callable[..., Any] = ipython.display.display
    return display


@contextlib.contextmanager
def _on_terminal() -> Iterator[Callable[[str], None] | None]:
    """Show progress on stderr, on a descriptor of its own: native code redirects 1 and 2."""
    with own_stderr() as stream:
        console = QuietConsole(file=stream)
        if not console.is_terminal:
            yield None
            return
        shown = Shown(console)
        with shown.bars:
            yield shown.update


@contextlib.contextmanager
def _in_notebook() -> Iterator[Callable[[str], None]]:
    display = notebook_display()
    assert display is not None
    handle = display(ProgressLine(""), display_id=True)
    try:
        yield lambda phase: handle.update(ProgressLine(phase))
    finally:
        handle.update(ProgressLine(""))


class ProgressLine:
    """A phase as notebooks display it."""

    def __init__(self, phase: str) -> None:
        self._phase = phase

    @override
    def __repr__(self) -> str:
        return str(self._phase)

    def _repr_html_(self) -> str:
        bar = ""
        if isinstance(self._phase, Counted) and self._phase.total:
            bar = f'<progress value="{self._phase.done}" max="{self._phase.total}"></progress> '
        return f"<small>{bar}{html.escape(self._phase)}</small>" if self._phase else ""


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
