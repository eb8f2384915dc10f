"""Render a headline and tables for terminals."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import rich.table
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from litert_ir.reports.table import Column, Table
from litert_ir.reports.wrapping import longest_piece, longest_word, widths_within, wrapped

_BESIDE_CELL = 3
"""Cells beside the content of a column: a line, and a space on either side."""


def text_of(headline: str, tables: Sequence[Table], width: int) -> str:
    """Return a headline and tables as lines of text.

    Args:
        headline: The first line; "" for none.
        tables: The tables below it; those without rows are left out.
        width: The most characters of a line.
    """
    lines = io.StringIO()
    console = Console(file=lines, width=width, color_system=None)
    print_on(console, headline, tables)
    return lines.getvalue().rstrip("\n")


def print_on(console: Console, headline: str, tables: Sequence[Table]) -> None:
    """Print a headline and tables on a console, in its width and colors."""
    for each in _renderables(headline, tables, console.width):
        console.print(each, soft_wrap=False, highlight=False)


def _renderables(headline: str, tables: Sequence[Table], width: int) -> Iterator[RenderableType]:
    if headline:
        yield _text(headline, width, "bold")
    for table in tables:
        if table.rows:
            if table.title:
                yield _text(f"\n{table.title}", width, "bold")
            yield _drawn(table, width)
            if table.note:
                yield _text(table.note, width, "dim")


def _text(text: str, width: int, style: str = "") -> Text:
    return Text("\n".join(wrapped(text, width)), style=style)


def _drawn(table: Table, width: int) -> rich.table.Table:
    widths = _widths(table, width)
    drawn = rich.table.Table(show_header=table.has_header)
    for place, column in enumerate(table.columns):
        drawn.add_column(
            _text(column.name, widths[place]),
            justify="right" if column.numeric else "left",
            width=widths[place],
            overflow="fold",
            style="bold" if place == 0 and not table.has_header else None,
        )
    for row in table.rows:
        drawn.add_row(*map(_text, row, widths))
    return drawn


def _widths(table: Table, width: int) -> list[int]:
    """Return the width of each column's content; of the first one, words are divided last."""
    columns = [
        (column, [*([column.name] if table.has_header else []), *(row[at] for row in table.rows)])
        for at, column in enumerate(table.columns)
    ]
    available = width - _BESIDE_CELL * len(columns) - 1
    share = available // len(columns)  # a piece that is longer still is divided
    natural = [_longest_line(texts) for _, texts in columns]
    words = [_least(column, texts, natural[at]) for at, (column, texts) in enumerate(columns)]
    pieces = [
        natural[at] if column.numeric else min(share, max(map(longest_piece, texts)))
        for at, (column, texts) in enumerate(columns)
    ]
    return widths_within(available, natural, [words, [words[0], *pieces[1:]], pieces])


def _least(column: Column, texts: Sequence[str], natural: int) -> int:
    """Return the width at which no word is divided, and no number wrapped."""
    if not column.numeric:
        return max(map(longest_word, texts))
    heading = longest_word(column.name)
    return max(heading, _longest_line(texts[1:] if column.name else texts)) if texts else natural


def _longest_line(texts: Sequence[str]) -> int:
    return max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
