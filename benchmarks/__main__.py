"""Command line of the benchmarks: ``python -m benchmarks`` from the repository root."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, Token
from cyclopts.validators import Number
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.contenders import Contender
from benchmarks.machine import this_machine
from benchmarks.report import failure_panels, results_json, results_table
from benchmarks.runner import Failure, Job, Outcome, run_jobs, schedule
from benchmarks.summary import summarize
from benchmarks.workloads import LISTED_WORKLOADS, Workload

PAGE_WIDTH = 130
"""Characters in a line of the results where they do not go to a terminal."""

app = App(name="benchmarks", help="Measure litert_ir next to Keras' own LiteRT exporter.")


def _workloads(_: type, tokens: Sequence[Token]) -> tuple[Workload, ...]:
    return tuple(dict.fromkeys(Workload(token.value) for token in tokens))


def _contenders(_: type, tokens: Sequence[Token]) -> tuple[Contender, ...]:
    return tuple(dict.fromkeys(Contender(token.value) for token in tokens))


def _writable_target(_: type, path: Path | None) -> None:
    if path is not None and not path.absolute().parent.is_dir():
        msg = f"the folder {path.absolute().parent} does not exist; create it first"
        raise ValueError(msg)


def _names(choices: Iterable[enum.Enum]) -> tuple[str, ...]:
    return tuple(str(choice.value) for choice in choices)


def _choice(
    converter: Callable[[type, Sequence[Token]], object], listed: Iterable[enum.Enum]
) -> Parameter:
    """Describe an option that takes one of the listed names each time it is given."""
    return Parameter(
        converter=converter, choices=_names(listed), negative=(), show_default=lambda _: "all"
    )


@app.default
def benchmark(
    *,
    workload: Annotated[
        tuple[Workload, ...],
        _choice(_workloads, LISTED_WORKLOADS),
    ] = LISTED_WORKLOADS,
    contender: Annotated[
        tuple[Contender, ...],
        _choice(_contenders, Contender),
    ] = tuple(Contender),
    runs: Annotated[int, Parameter(validator=Number(gte=1))] = 3,
    json: Annotated[Path | None, Parameter(validator=_writable_target)] = None,
    timeout: Annotated[float, Parameter(validator=Number(gt=0))] = 900.0,
) -> int:
    """Export every workload with every contender, each run in a fresh process, and compare.

    Args:
        workload: A model to export; give it again for more.
        contender: A way to export; give it again for more. Ratios need `keras` among them.
        runs: Rounds; in each round the contenders take turns.
        json: File to write every single run, the medians and the machine to.
        timeout: Seconds after which a run is stopped and counts as failed.

    Returns:
        0 when every run was measured, 1 when any failed.
    """
    outcomes = _measured(schedule(workload, contender, runs), timeout)
    cells = summarize(outcomes)
    console = Console(width=None if sys.stdout.isatty() else PAGE_WIDTH)
    console.print(results_table(cells))
    for panel in failure_panels(outcomes):
        console.print(panel)
    if json is not None:
        json.write_text(results_json(this_machine(), outcomes, cells), encoding="utf-8")
    return int(any(isinstance(outcome, Failure) for outcome in outcomes))


def _measured(jobs: Sequence[Job], timeout_seconds: float) -> tuple[Outcome, ...]:
    """Run the jobs with a progress bar on standard error."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(jobs))

        def announce(job: Job) -> None:
            description = f"{job.workload.value} / {job.contender.value}, run {job.run + 1}"
            progress.update(task, description=description)

        outcomes = []
        for outcome in run_jobs(jobs, timeout_seconds=timeout_seconds, before=announce):
            outcomes.append(outcome)
            progress.advance(task)
        return tuple(outcomes)


if __name__ == "__main__":
    sys.exit(app(result_action="return_value"))
