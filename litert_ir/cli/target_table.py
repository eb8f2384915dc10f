"""Print the compile targets, as a table for a terminal, in Markdown or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import attrs
from rich.console import Console

from litert_ir.aot.catalogue import TargetRow, target_rows
from litert_ir.cli.command_options import ReportOptions
from litert_ir.reports.table import Table
from litert_ir.reports.text import print_on

_HEADINGS = ("target", "what it is", "needs", "usable here")


def print_targets(report: ReportOptions, *, markdown: bool) -> None:
    """Print one row for each target."""
    rows = target_rows()
    if report.json:
        print(targets_json(rows))
    elif markdown:
        print(targets_markdown(rows))
    elif report.prints_result:
        print_on(Console(file=sys.stdout), "", [Table("", _HEADINGS, map(_cells, rows))])


def targets_json(rows: Sequence[TargetRow]) -> str:
    """Return the list as JSON: the fields of each row, and whether it is usable."""
    return json.dumps([{**attrs.asdict(row), "usable": row.usable} for row in rows], indent=2)


def targets_markdown(rows: Sequence[TargetRow]) -> str:
    """Return the list as a table in Markdown."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|---" * len(_HEADINGS) + "|"]
    for row in rows:
        target, *others = _cells(row)
        lines.append("| " + " | ".join([f"`{target}`", *others]) + " |")
    return "\n".join(lines)


def _cells(row: TargetRow) -> tuple[str, ...]:
    return row.target, row.kind, row.needs, "yes" if row.usable else f"no: {row.obstacle}"
