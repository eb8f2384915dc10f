"""Tables as data: titled columns and rows of texts, rendered elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs


def _columns(columns: Iterable[Column | str]) -> tuple[Column, ...]:
    return tuple(each if isinstance(each, Column) else Column(each) for each in columns)


def _rows(rows: Iterable[Sequence[object]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(str, row)) for row in rows)


@attrs.frozen
class Column:
    """A column of a table.

    Attributes:
        name: Its heading; "" for none.
        numeric: Whether it holds numbers, which are aligned to the right and not wrapped.
    """

    name: str
    numeric: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Table:
    """A table; lines in a cell are separated by line breaks.

    Attributes:
        title: Its title; "" for none.
        columns: Its columns; texts are headings.
        rows: Its rows, each with a cell for each column; values are converted to text.
        note: A remark below the table, such as how the numbers were measured.

    Raises:
        ValueError: When a row has not one cell for each column.
    """

    title: str
    columns: tuple[Column, ...] = attrs.field(converter=_columns)
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_rows)
    note: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(self.columns)} columns, but the row {row!r}")

    @property
    def has_header(self) -> bool:
        """Tell whether any column has a heading."""
        return any(column.name for column in self.columns)


def facts(title: str, rows: Iterable[tuple[str, object]], *, note: str = "") -> Table:
    """Make a table of labels and values, without headings.

    Args:
        title: Its title.
        rows: The labels with their values; a value that is None or "" is left out.
        note: A remark below it.
    """
    told = [(label, value) for label, value in rows if value is not None and value != ""]
    return Table(title, ("", ""), told, note=note)
