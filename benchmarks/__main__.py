"""Command line of the benchmarks: ``python -m benchmarks`` from the repository root."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, Token
from cyclopts.validators import Number
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.contenders import LISTED_CONTENDERS, Contender
from benchmarks.machine import this_machine
from benchmarks.outcomes import AnyJob, Failure, Limits, Outcome, ProfileJob, Profiling, schedule
from benchmarks.report import failure_panels, profile_table, results_json, results_table
from benchmarks.runner import Announce, run_profile_job, run_rounds
from benchmarks.summary import summarize
from benchmarks.workloads import LISTED_WORKLOADS, Workload

PAGE_WIDTH = 150
"""Characters in a line of the results where they do not go to a terminal."""

GB = 1e9

app = App(name="benchmarks", help="Measure litert_ir next to Keras' own LiteRT exporter.")


def _workloads(_: type, tokens: Sequence[Token]) -> tuple[Workload, ...]:
    return tuple(dict.fromkeys(Workload(token.value) for token in tokens))


def _contenders(_: type, tokens: Sequence[Token]) -> tuple[Contender, ...]:
    return tuple(dict.fromkeys(Contender(token.value) for token in tokens))


def _writable_target(_: type, path: Path | None) -> None:
    if path is not None and not path.absolute().parent.is_dir():
        msg = f"the folder {path.absolute().parent} does not exist; create it first"
        raise ValueError(msg)


def _names(choices: Iterable[enum.Enum]) -> str:
    return ", ".join(str(choice.value) for choice in choices)


def _choice(
    converter: Callable[[type, Sequence[Token]], object],
    known: Iterable[enum.Enum],
    default: Iterable[enum.Enum],
) -> Parameter:
    """Describe an option that takes one of the names each time it is given."""
    names = tuple(str(choice.value) for choice in known)
    return Parameter(
        converter=converter, choices=names, negative=(), show_default=lambda _: _names(default)
    )


_POSITIVE = Parameter(validator=Number(gt=0))


@app.default
def benchmark(  # noqa: PLR0913  (one keyword per option)
    *,
    workload: Annotated[
        tuple[Workload, ...], _choice(_workloads, Workload, LISTED_WORKLOADS)
    ] = LISTED_WORKLOADS,
    contender: Annotated[
        tuple[Contender, ...], _choice(_contenders, Contender, LISTED_CONTENDERS)
    ] = LISTED_CONTENDERS,
    runs: Annotated[int, Parameter(validator=Number(gte=1))] = 3,
    profile: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[Path | None, Parameter(validator=_writable_target)] = None,
    timeout: Annotated[float, _POSITIVE] = 900.0,
    export_timeout: Annotated[float, _POSITIVE] = 300.0,
    memory_gb: Annotated[float, _POSITIVE] = 10.0,
) -> int:
    """Export every workload with every contender, each run in a fresh process, and compare.

    Args:
        workload: A model to export; give it again for more.
        contender: A way to export; give it again for more. Ratios need `keras` among them.
        runs: Rounds; in each round the contenders take turns, then their files are run in turns.
        profile: Show instead where the time of `stablehlo` goes, step by step.
        json: File to write every single run, the medians and the machine to.
        timeout: Seconds after which a process is stopped and counts as failed.
        export_timeout: Seconds after which a cold export is stopped and counts as capped.
        memory_gb: Resident memory (10^9 bytes, model included) above which it is.

    Returns:
        0 when every run was measured or capped, 1 when any failed.
    """
    limits = Limits(process_seconds=timeout, export_seconds=export_timeout, resident=memory_gb * GB)

    def work(announce: Announce) -> Iterator[Outcome]:
        if not profile:
            return run_rounds(schedule(workload, contender, runs), limits=limits, announce=announce)
        return _profiled(map(ProfileJob, workload), limits, announce)

    outcomes = _shown(work)
    _print(outcomes)
    if json is not None:
        cells = summarize(outcomes)
        json.write_text(results_json(this_machine(), limits, outcomes, cells), encoding="utf-8")
    return int(any(isinstance(outcome, Failure) for outcome in outcomes))


def _profiled(jobs: Iterable[ProfileJob], limits: Limits, announce: Announce) -> Iterator[Outcome]:
    for job in jobs:
        announce(job)
        yield run_profile_job(job, limits)


def _shown(work: Callable[[Announce], Iterator[Outcome]]) -> tuple[Outcome, ...]:
    """Do the work, with what is going on shown on standard error."""
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("")

        def announce(job: AnyJob) -> None:
            progress.update(task, description=job.title)

        return tuple(work(announce))


def _print(outcomes: Sequence[Outcome]) -> None:
    console = Console(width=None if sys.stdout.isatty() else PAGE_WIDTH)
    profiles = [outcome for outcome in outcomes if isinstance(outcome, Profiling)]
    for profiling in profiles:
        console.print(profile_table(profiling))
    if cells := summarize(outcomes):
        console.print(results_table(cells))
    for panel in failure_panels(outcomes):
        console.print(panel)


if __name__ == "__main__":
    sys.exit(app(result_action="return_value"))
