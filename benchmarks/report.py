"""Results as tables for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import cattrs
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from benchmarks import targets
from benchmarks.figures import Figure, Quantity, Relation
from benchmarks.outcomes import Failure, Latency, Outcome, Profiling
from benchmarks.summary import Cell

if TYPE_CHECKING:
    from attrs import AttrsInstance

    from benchmarks.machine import Machine
    from benchmarks.outcomes import Limits

_MB = 1e6
_MS = 1e-3
_NOTHING = "-"
_COLUMNS = (
    "cold s",
    f"x less\n≥ {targets.LEAST_SPEEDUP:g}",
    "warm s",
    "x less",
    "verify s",
    "extra MB\nallowed",
    "resident",
    "of that\nchild",
    "anony-\nmous",
    "file MB",
    "ops",
    "latency\nms",
    f"x\n≤ {targets.MOST_LATENCY_RATIO:.1f}",
)
_CAPTION = (
    "Medians; x: ratio of medians to keras'. cold: first export of a process, model built and "
    "frameworks imported. extra: peak of the process tree in the cold export above what it had "
    "right before; resident includes library code, anonymous is what has no file behind it. "
    f"allowed: {targets.WEIGHTS_SHARE:g} of the weights + {targets.FIXED_EXTRA / _MB:g} MB. "
    "MB: 10^6 bytes. latency: batch 1, two threads, in turns with keras' file in one process; x: "
    f"median of the processes' ratios, of which {targets.NOISE:.0%} count as noise."
)


def results_table(cells: Sequence[Cell]) -> Table:
    """Lay cells out as a table, one row each; a new workload starts a new section.

    Args:
        cells: The cells, those of one workload next to each other.

    Returns:
        A table of medians, with ratios against Keras' exporter and targets.
    """
    table = Table(
        title="Export to LiteRT", caption=_CAPTION, caption_justify="left", padding=(0, 0)
    )
    table.add_column("workload\n(weights MB)", overflow="fold")
    table.add_column("contender", overflow="fold")
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    table.add_column("runs", overflow="fold")
    for index, cell in enumerate(cells):
        is_new = index == 0 or cells[index - 1].workload is not cell.workload
        if is_new and index:
            table.add_section()
        table.add_row(_title(cell) if is_new else "", *_row(cell))
    return table


def profile_table(profiling: Profiling) -> Table:
    """Lay a profile out as a table, one row per step.

    Args:
        profiling: The profile of one workload.

    Returns:
        A table of seconds, cold and warm.
    """
    profile = profiling.profile
    table = Table(title=f"{profiling.job.workload.value}: where the seconds go")
    table.add_column("step")
    table.add_column("cold", justify="right")
    table.add_column("warm", justify="right")
    for label, seconds in profile.before:
        table.add_row(label, f"{seconds:.2f}", "")
    table.add_section()
    for step in profile.steps:
        table.add_row(step.label, f"{step.cold:.2f}", f"{step.warm:.2f}")
    table.add_section()
    cold = sum(step.cold for step in profile.steps)
    warm = sum(step.warm for step in profile.steps)
    table.add_row("the whole export", f"{cold:.2f}", f"{warm:.2f}")
    return table


def failure_panels(outcomes: Iterable[Outcome]) -> tuple[Panel, ...]:
    """Show every failed run with the end of its standard error, and every file that fails.

    Args:
        outcomes: All runs.

    Returns:
        One panel per failure, in order.
    """
    panels = []
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            panels.append(_panel(f"{outcome.job.title}: {outcome.reason}", outcome.stderr_tail))
        if isinstance(outcome, Latency):
            for contender, timed in zip(outcome.job.contenders, outcome.files, strict=True):
                if timed.failure:
                    title = f"{outcome.job.title}: the file of {contender.value} does not run"
                    panels.append(_panel(title, timed.failure))
    return tuple(panels)


def results_json(
    machine: Machine, limits: Limits, outcomes: Sequence[Outcome], cells: Sequence[AttrsInstance]
) -> str:
    """Write everything that is known as JSON.

    Args:
        machine: The machine of the runs.
        limits: The limits of a run.
        outcomes: Every single run, the failed ones included.
        cells: The summary of the runs, of either kind.

    Returns:
        An object with the keys ``machine``, ``limits``, ``runs`` and ``summary``; times in
        seconds, sizes in bytes.
    """
    document = {
        "machine": cattrs.unstructure(machine) | {"versions": dict(machine.versions)},
        "limits": cattrs.unstructure(limits),
        "runs": [
            {"outcome": type(outcome).__name__.lower(), **cattrs.unstructure(outcome)}
            for outcome in outcomes
        ],
        "summary": [cattrs.unstructure(cell) for cell in cells],
    }
    return json.dumps(document, indent=2) + "\n"


def _title(cell: Cell) -> str:
    weights = _NOTHING if cell.weights is None else f"{cell.weights / _MB:,.0f}"
    return f"{cell.workload.value}\n({weights})"


def _row(cell: Cell) -> tuple[str | Text, ...]:
    allowed = None if cell.weights is None else Figure(targets.extra_limit(cell.weights))
    return (
        cell.contender.value,
        _median(cell.cold, digits=2),
        _judged(_times_less(cell.cold), targets.is_fast(cell)),
        _median(cell.warm, digits=2),
        _times_less(cell.warm),
        _median(cell.verify, digits=2),
        _shown(allowed, _MB),
        _judged(_median(cell.resident, _MB), targets.is_lean(cell, cell.resident)),
        _median(cell.children, _MB),
        _judged(_median(cell.anonymous, _MB), targets.is_lean(cell, cell.anonymous)),
        _median(cell.file, _MB, 2),
        _median(cell.operators),
        _median(cell.latency, _MS, 2),
        _judged(_latency_ratio(cell), targets.is_as_quick(cell)),
        _runs(cell),
    )


def _runs(cell: Cell) -> Text:
    if cell.cap is not None:
        return Text(f"CAPPED: {cell.cap.value}", style="bold yellow")
    total = cell.successes + cell.failures
    if cell.failures:
        return Text(f"FAILED {cell.failures} of {total}", style="bold red")
    return Text(str(total))


def _median(quantity: Quantity | None, unit: float = 1, digits: int = 0) -> str:
    return _shown(None if quantity is None else quantity.median, unit, digits)


def _latency_ratio(cell: Cell) -> str:
    if cell.latency is None or cell.latency.ratio is None:
        return _NOTHING
    ratio = cell.latency.ratio.in_same_round
    return _NOTHING if ratio is None else f"{ratio:.2f}"


def _times_less(quantity: Quantity | None) -> str:
    """The inverse of the ratio, for which more is better."""
    if quantity is None or quantity.ratio is None or not quantity.ratio.of_medians.value:
        return _NOTHING
    ratio = quantity.ratio.of_medians
    inverse = {Relation.AT_MOST: Relation.AT_LEAST, Relation.AT_LEAST: Relation.AT_MOST}
    return _shown(Figure(1 / ratio.value, inverse.get(ratio.relation, ratio.relation)), digits=1)


def _shown(figure: Figure | None, unit: float = 1, digits: int = 0) -> str:
    if figure is None:
        return _NOTHING
    return f"{figure.relation.value}{figure.value / unit:.{digits}f}"


def _judged(text: str, met: bool | None) -> Text:
    """A figure with the mark of its target: met, missed, or none."""
    match met:
        case None:
            return Text(text)
        case True:
            return Text(f"{text} ✓", style="green")
        case False:
            return Text(f"{text} ✗", style="red")


def _panel(title: str, text: str) -> Panel:
    # Text, for a str would have its square brackets read as markup.
    return Panel(Text(text or "(nothing on standard error)"), title=Text(title))
