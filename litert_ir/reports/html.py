"""Render a headline and tables as HTML, for notebooks and pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from litert_ir.reports.table import Column, Table


def html_of(headline: str, tables: Sequence[Table]) -> str:
    """Return a headline and tables as HTML that needs no style sheet.

    Args:
        headline: The first line; "" for none.
        tables: The tables below it; those without rows are left out.
    """
    parts = [f"<p><strong>{escape(headline)}</strong></p>"] if headline else []
    shown = (table_html(table) for table in tables if table.rows)
    return "\n".join(["<div>", *parts, *shown, "</div>"])


def table_html(table: Table) -> str:
    """Return one table as HTML."""
    return "\n".join(_lines(table))


def _lines(table: Table) -> Iterator[str]:
    yield "<table>"
    if table.title:
        yield f"<caption>{escape(table.title)}</caption>"
    if table.has_header:
        headings = (_cell("th", column, column.name) for column in table.columns)
        yield f"<thead><tr>{''.join(headings)}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        cells = zip(table.columns, row, strict=True)
        yield f"<tr>{''.join(_cell('td', column, text) for column, text in cells)}</tr>"
    yield "</tbody>"
    yield "</table>"
    if table.note:
        yield f"<p><small>{escape(table.note)}</small></p>"


def _cell(tag: str, column: Column, text: str) -> str:
    side = "right" if column.numeric else "left"
    lines = "<br>".join(map(escape, text.split("\n")))
    return f'<{tag} style="text-align: {side}">{lines}</{tag}>'
