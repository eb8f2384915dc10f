"""The base class of results: a headline and tables, from which each rendering is derived."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from typing_extensions import override

from litert_ir.reports.table import Table

WIDTH = 80
"""The characters of a line in `str` of a report."""


class Report(ABC):
    """A result that is read by persons and programs.

    A subclass is a frozen attrs class without a generated ``repr``:
    ``@attrs.frozen(kw_only=True, repr=False)``. It says its headline and its tables; text for
    terminals, HTML for notebooks and JSON for programs are made from these and its fields. What
    renders them is imported when it does: child processes that have reports print none.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def headline(self) -> str:
        """The result in one short line, the most important first."""

    def tables(self) -> tuple[Table, ...]:
        """Return the details, in the order in which one wants to see them."""
        return ()

    def to_data(self) -> dict[str, Any]:
        """Return the public fields as types that JSON has; those without a ``repr`` are left out.

        Enums are their values, paths are texts, and so are infinities and NaN, which JSON lacks.
        """
        from litert_ir.reports.plain_data import fields_of

        return fields_of(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_data` as JSON.

        Args:
            indent: The spaces of each level; None for one line.
        """
        return json.dumps(self.to_data(), indent=indent)

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.headline}>"

    @override
    def __str__(self) -> str:
        from litert_ir.reports.text import text_of

        return text_of(self.headline, self.tables(), WIDTH)

    def _repr_html_(self) -> str:
        """Return the report as HTML, for notebooks."""
        from litert_ir.reports.html import html_of

        return html_of(self.headline, self.tables())
