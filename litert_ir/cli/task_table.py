"""Print the overview of KerasHub's tasks, one of them, or all of it in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.cli.command_options import ReportOptions
from litert_ir.cli.printing import print_report
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.overview import TaskList, TaskRow, task_rows
from litert_ir.hub.support import read_support

_HEADINGS = ("task", "inputs", "sizes", "exported and compared, any batch", "other")


def print_tasks(name: str | None, report: ReportOptions, *, markdown: bool) -> None:
    """Print all tasks, or one.

    Args:
        name: The task to print; None for all.
        report: Options of the output.
        markdown: Whether to print a table in Markdown.

    Raises:
        UnsupportedTaskError: When there is no such task.
    """
    found = TaskList(tasks=task_rows(REGISTRY, read_support()))
    rows = found.tasks if name is None else (found.named(name),)
    if markdown:
        print(tasks_markdown(rows))
    else:
        print_report(found if name is None else rows[0], report)


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
