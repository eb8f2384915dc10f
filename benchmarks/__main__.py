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

from benchmarks.contenders import LISTED_CONTENDERS, Contender
from benchmarks.machine import this_machine
from benchmarks.outcomes import Failure, Limits, Outcome, ProfileJob, Profiling, Round, schedule
from benchmarks.progress import shown
from benchmarks.quantized import readme as sections
from benchmarks.quantized.command import RecipeComparison
from benchmarks.quantized.recipes import Recipe
from benchmarks.quantized.subjects import LISTED_SUBJECTS
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


def _recipes(_: type, tokens: Sequence[Token]) -> tuple[Recipe, ...]:
    return tuple(dict.fromkeys(Recipe(token.value) for token in tokens))


def _has_section(_: type, path: Path | None) -> None:
    if path is not None:
        sections.check(path)


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
    workload: Annotated[tuple[Workload, ...], _choice(_workloads, Workload, LISTED_WORKLOADS)] = (),
    contender: Annotated[
        tuple[Contender, ...], _choice(_contenders, Contender, LISTED_CONTENDERS)
    ] = LISTED_CONTENDERS,
    runs: Annotated[int, Parameter(validator=Number(gte=1))] = 3,
    profile: Annotated[bool, Parameter(negative=())] = False,
    quantization: Annotated[bool, Parameter(negative=())] = False,
    recipe: Annotated[tuple[Recipe, ...], _choice(_recipes, Recipe, Recipe)] = (),
    markdown: Annotated[bool, Parameter(negative=())] = False,
    readme: Annotated[Path | None, Parameter(validator=_has_section)] = None,
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
        quantization: Compare instead what each recipe costs and gives, on MobileNetV2 and a
            transformer unless a workload is given.
        recipe: With `--quantization`: a recipe; give it again for more.
        markdown: With `--quantization`: print the table in Markdown.
        readme: With `--quantization`: a Markdown file whose section to replace in place.
        json: File to write every single run, the medians and the machine to.
        timeout: Seconds after which a process is stopped and counts as failed.
        export_timeout: Seconds after which a cold export is stopped and counts as capped.
        memory_gb: Resident memory (10^9 bytes, model included) above which it is.

    Returns:
        0 when every run was measured or capped, 1 when any failed, 2 when options contradict
        each other.
    """
    limits = Limits(process_seconds=timeout, export_seconds=export_timeout, resident=memory_gb * GB)
    if not quantization:
        if recipe or markdown or readme is not None:
            return _refused("--recipe, --markdown and --readme go with --quantization")
        listed = workload or LISTED_WORKLOADS
        rounds = () if profile else schedule(listed, contender, runs)
        profiles = map(ProfileJob, listed if profile else ())
        return _plain(rounds, profiles, limits, json)
    try:
        comparison = RecipeComparison(
            workloads=workload or LISTED_SUBJECTS,
            recipes=recipe or tuple(Recipe),
            contenders=contender,
            runs=runs,
            limits=limits,
            markdown=markdown,
            readme=readme,
            json=json,
        )
    except ValueError as error:
        return _refused(str(error))
    return comparison.run(PAGE_WIDTH)


def _refused(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


def _plain(
    rounds: Iterable[Round], profiles: Iterable[ProfileJob], limits: Limits, json: Path | None
) -> int:
    """Measure exports that say nothing of quantization, or profile them."""

    def work(announce: Announce) -> Iterator[Outcome]:
        yield from run_rounds(rounds, limits=limits, announce=announce)
        yield from _profiled(profiles, limits, announce)

    outcomes = shown(work)
    _print(outcomes)
    if json is not None:
        cells = summarize(outcomes)
        json.write_text(results_json(this_machine(), limits, outcomes, cells), encoding="utf-8")
    return int(any(isinstance(outcome, Failure) for outcome in outcomes))


def _profiled(jobs: Iterable[ProfileJob], limits: Limits, announce: Announce) -> Iterator[Outcome]:
    for job in jobs:
        announce(job)
        yield run_profile_job(job, limits)


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
