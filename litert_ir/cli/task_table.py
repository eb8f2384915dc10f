"""Print the overview of KerasHub's tasks, as a table for a terminal or in Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.overview import TaskRow, task_rows
from litert_ir.hub.support import read_support

_HEADINGS = ("task", "inputs", "sizes", "exported and compared, any batch", "other")


def print_tasks(*, markdown: bool) -> None:
    """Print one row for each class that a configuration is registered for."""
    rows = task_rows(REGISTRY, read_support())
    if markdown:
        print(tasks_markdown(rows))
        return
    table = Table(*_HEADINGS, show_lines=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in _cells(row, "\n")))
    Console(file=sys.stdout).print(table)


def tasks_markdown(rows: Sequence[TaskRow]) -> str:
    """Return the overview as a table in Markdown."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|---" * len(_HEADINGS) + "|"]
    for row in rows:
        task, inputs, *others = _cells(row, "<br>")
        lines.append("| " + " | ".join([f"`{task}`", inputs, *others]) + " |")
    return "\n".join(lines)


def _cells(row: TaskRow, line_break: str) -> list[str]:
    return [
        row.task,
        ", ".join(row.inputs),
        line_break.join(row.sizes),
        ", ".join(row.families),
        line_break.join(row.exceptions),
    ]
