"""Render a headline and tables for terminals."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import rich.table
from rich.console import Console, RenderableType
from rich.text import Text

from litert_ir.reports.table import Table


def text_of(headline: str, tables: Sequence[Table], width: int) -> str:
    """Return a headline and tables as lines of text.

    Args:
        headline: The first line; "" for none.
        tables: The tables below it; those without rows are left out.
        width: The most characters of a table's line.
    """
    lines = io.StringIO()
    console = Console(file=lines, width=width, color_system=None)
    print_on(console, headline, tables)
    return lines.getvalue().rstrip("\n")


def print_on(console: Console, headline: str, tables: Sequence[Table]) -> None:
    """Print a headline and tables on a console, in its width and colors."""
    for each in _renderables(headline, tables):
        console.print(each, soft_wrap=False, highlight=False)


def _renderables(headline: str, tables: Sequence[Table]) -> Iterator[RenderableType]:
    if headline:
        yield Text(headline, style="bold")
    for table in tables:
        if table.rows:
            if table.title:
                yield Text(f"\n{table.title}", style="bold")
            yield _drawn(table)
            if table.note:
                yield Text(table.note, style="dim")


def _drawn(table: Table) -> rich.table.Table:
    drawn = rich.table.Table(show_header=table.has_header)
    for place, column in enumerate(table.columns):
        drawn.add_column(
            Text(column.name),
            justify="right" if column.numeric else "left",
            no_wrap=column.numeric,
            overflow="fold",
            style="bold" if place == 0 and not table.has_header else None,
        )
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    return drawn
