"""The comparison by recipe, from the request to the table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
from rich.console import Console

from benchmarks.contenders import Contender
from benchmarks.machine import this_machine
from benchmarks.outcomes import Failure, Limits, Outcome
from benchmarks.progress import shown
from benchmarks.quantized.readme import put
from benchmarks.quantized.recipes import Recipe
from benchmarks.quantized.runner import run_jobs, schedule
from benchmarks.quantized.subjects import SUBJECTS
from benchmarks.quantized.summary import Row, summarize
from benchmarks.quantized.table import markdown, table
from benchmarks.report import failure_panels, results_json
from benchmarks.workloads import Workload


def _known(_: object, __: attrs.Attribute[Sequence[Workload]], value: Sequence[Workload]) -> None:
    unknown = [workload.value for workload in value if workload not in SUBJECTS]
    if unknown:
        names = ", ".join(workload.value for workload in SUBJECTS)
        msg = f"--workload: recipes are compared on {names}; received {', '.join(unknown)}"
        raise ValueError(msg)


def _one_beside_keras(
    _: object, __: attrs.Attribute[Sequence[Contender]], value: Sequence[Contender]
) -> None:
    others = [contender.value for contender in value if contender is not Contender.KERAS]
    if len(others) > 1:
        msg = f"--contender: expected one beside keras, received {', '.join(others)}"
        raise ValueError(msg)


@attrs.frozen(kw_only=True)
class RecipeComparison:
    """The workloads to compare, and the outputs of the comparison.

    Args:
        workloads: Some of `SUBJECTS`.
        recipes: The recipes.
        contenders: Keras' exporter, and at most one other.
        runs: Rounds.
        limits: The limits of a run.
        markdown: Whether to print Markdown.
        readme: File whose section to replace; None for none.
        json: File to write every run to; None for none.

    Raises:
        ValueError: For another workload, or too many contenders.
    """

    workloads: tuple[Workload, ...] = attrs.field(validator=_known)
    recipes: tuple[Recipe, ...]
    contenders: tuple[Contender, ...] = attrs.field(validator=_one_beside_keras)
    runs: int
    limits: Limits
    markdown: bool = False
    readme: Path | None = None
    json: Path | None = None

    def run(self, page_width: int) -> int:
        """Measure and show.

        Args:
            page_width: Characters in a line where the results do not go to a terminal.

        Returns:
            0, or 1 when any run failed.
        """
        jobs = schedule(self.workloads, self.recipes, self.contenders, self.runs)
        outcomes = shown(
            lambda announce: run_jobs(jobs, limits=self.limits, announce=announce), len(jobs)
        )
        rows = summarize(outcomes)
        if self.json is not None:
            text = results_json(this_machine(), self.limits, outcomes, rows)
            self.json.write_text(text, encoding="utf-8")
        self._show(rows, outcomes, page_width)
        return int(any(isinstance(outcome, Failure) for outcome in outcomes))

    def _show(self, rows: Sequence[Row], outcomes: Sequence[Outcome], page_width: int) -> None:
        section = markdown(rows, this_machine())
        if self.readme is not None:
            put(self.readme, section)
        if self.markdown:
            print(section)
            return
        console = Console(width=None if sys.stdout.isatty() else page_width)
        console.print(table(rows))
        for panel in failure_panels(outcomes):
            console.print(panel)
