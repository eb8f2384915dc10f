"""Results for people (tables) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import cattrs
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from benchmarks.runner import Failure, Outcome
from benchmarks.summary import Cell, Ratio

if TYPE_CHECKING:
    from benchmarks.machine import Machine

_MIB = 2**20
_NOTHING = "-"


def results_table(cells: Sequence[Cell]) -> Table:
    """Lay cells out as a table, one row each; a new workload starts a new section.

    Args:
        cells: The cells, those of one workload next to each other.

    Returns:
        A table of medians, with ratios against Keras' exporter in the same round.
    """
    table = Table(
        title="Export to LiteRT: medians",
        caption="x: ratio to keras in the same round; peak: above the built model",
    )
    table.add_column("workload", overflow="fold")
    table.add_column("contender", overflow="fold")
    for heading in ("seconds", "x", "of which verify", "peak MiB", "x", "file MiB"):
        table.add_column(heading, justify="right")
    table.add_column("runs")
    for index, cell in enumerate(cells):
        is_new = index == 0 or cells[index - 1].workload is not cell.workload
        if is_new and index:
            table.add_section()
        table.add_row(cell.workload.value if is_new else "", *_row(cell))
    return table


def failure_panels(outcomes: Iterable[Outcome]) -> tuple[Panel, ...]:
    """Show every failed run with the end of its standard error.

    Args:
        outcomes: All runs.

    Returns:
        One panel per failed run, in order.
    """
    failures = (outcome for outcome in outcomes if isinstance(outcome, Failure))
    return tuple(_panel(failure) for failure in failures)


def results_json(machine: Machine, outcomes: Sequence[Outcome], cells: Sequence[Cell]) -> str:
    """Write everything that is known as JSON.

    Args:
        machine: Where the runs were made.
        outcomes: Every single run, the failed ones included.
        cells: The summary of the runs.

    Returns:
        An object with the keys ``machine``, ``runs`` and ``summary``; times in seconds, sizes
        in bytes.
    """
    document = {
        "machine": cattrs.unstructure(machine) | {"versions": dict(machine.versions)},
        "runs": [cattrs.unstructure(outcome) for outcome in outcomes],
        "summary": [cattrs.unstructure(cell) for cell in cells],
    }
    return json.dumps(document, indent=2) + "\n"


def _row(cell: Cell) -> tuple[str | Text, ...]:
    return (
        cell.contender.value,
        _number(cell.seconds),
        _same_round(cell.seconds_ratio),
        _number(cell.verify_seconds),
        _number(cell.peak_bytes, _MIB, 0),
        _same_round(cell.peak_ratio),
        _number(cell.file_bytes, _MIB),
        _runs(cell),
    )


def _runs(cell: Cell) -> Text:
    total = cell.successes + cell.failures
    if cell.failures:
        return Text(f"FAILED {cell.failures} of {total}", style="bold red")
    return Text(str(total))


def _number(value: float | None, unit: int = 1, digits: int = 2) -> str:
    return _NOTHING if value is None else f"{value / unit:.{digits}f}"


def _same_round(ratio: Ratio | None) -> str:
    return _NOTHING if ratio is None else _number(ratio.in_same_round)


def _panel(failure: Failure) -> Panel:
    job = failure.job
    where = f"{job.workload.value} / {job.contender.value}, run {job.run + 1}"
    # Text, for a str would have its square brackets read as markup.
    return Panel(
        Text(failure.stderr_tail or "(nothing on standard error)"),
        title=Text(f"{where}: {failure.reason}"),
    )
