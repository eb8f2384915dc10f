"""Show the progress of the runs on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from benchmarks.outcomes import AnyJob, Outcome
from benchmarks.runner import Announce


def shown(
    work: Callable[[Announce], Iterator[Outcome]], total: int | None = None
) -> tuple[Outcome, ...]:
    """Do the work, and show which job is under way; one line per job where that is no terminal.

    Args:
        work: Announces each job and gives its outcome.
        total: Number of outcomes, where it is known before.

    Returns:
        All outcomes.
    """
    count: tuple[ProgressColumn, ...] = () if total is None else (MofNCompleteColumn(),)
    title = TextColumn("{task.description}", markup=False)
    console = Console(stderr=True)
    with Progress(SpinnerColumn(), TimeElapsedColumn(), *count, title, console=console) as progress:
        task = progress.add_task("", total=total)

        def announce(job: AnyJob) -> None:
            progress.update(task, description=job.title)
            if not console.is_terminal:
                progress.print(job.title, markup=False, highlight=False)

        outcomes = []
        for outcome in work(announce):
            outcomes.append(outcome)
            progress.advance(task)
        return tuple(outcomes)
