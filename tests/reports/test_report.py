"""One description of a result, as text, HTML and JSON."""

from __future__ import annotations

import json
import math
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path

import attrs
import numpy as np
import pytest
from typing_extensions import override

from litert_ir.reports.report import WIDTH, Report
from litert_ir.reports.table import Column, Table, facts


class Kind(Enum):
    GOOD = "good"


@attrs.frozen(kw_only=True)
class Part:
    name: str
    secret: str = attrs.field(default="hidden", repr=False)


@attrs.frozen(kw_only=True, repr=False)
class Finding(Report):
    path: Path
    kind: Kind
    parts: tuple[Part, ...]
    error: float
    content: bytes = attrs.field(default=b"", repr=False)

    @property
    @override
    def headline(self) -> str:
        return "agrees <& more>"

    @override
    def tables(self) -> tuple[Table, ...]:
        parts = Table("parts", ("name", Column("n", numeric=True)), [("a<b", 1.5)], note="a note")
        return facts("all", [("file", self.path), ("none", None), ("empty", "")]), parts


FINDING = Finding(
    path=Path("folder") / ("name" * 40),
    kind=Kind.GOOD,
    parts=(Part(name="a"),),
    error=math.inf,
    content=b"x",
)


def test_json_has_the_public_fields_as_plain_types() -> None:
    assert json.loads(FINDING.to_json()) == {
        "path": str(FINDING.path),
        "kind": "good",
        "parts": [{"name": "a"}],
        "error": "inf",
    }


def test_a_report_within_another_says_itself_what_it_is() -> None:
    @attrs.frozen(kw_only=True, repr=False)
    class Outer(Report):
        inner: tuple[Finding, ...]
        number: object

        @property
        @override
        def headline(self) -> str:
            return "outer"

    data = Outer(inner=(FINDING,), number=np.float32(0.5)).to_data()
    assert data == {"inner": [FINDING.to_data()], "number": 0.5}


def test_the_repr_is_the_headline() -> None:
    assert repr(FINDING) == "<Finding: agrees <& more>>"


def test_text_begins_with_the_headline_and_keeps_to_its_width() -> None:
    lines = str(FINDING).splitlines()
    assert lines[0] == "agrees <& more>"
    assert max(map(len, lines)) <= WIDTH
    assert "a note" in lines
    assert not any("none" in line or "empty" in line for line in lines)


def test_html_is_well_formed_and_escaped() -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.cells: list[str] = []

        @override
        def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
            self.open.append(tag)

        @override
        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

        @override
        def handle_data(self, data: str) -> None:
            if self.open and self.open[-1] in ("td", "th", "strong"):
                self.cells.append(data)

    reader = Reader()
    reader.feed(FINDING._repr_html_())
    assert reader.open == []
    assert [text for text in ("agrees <& more>", "a<b", "1.5") if text not in reader.cells] == []


def test_a_row_has_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="2 columns"):
        Table("t", ("a", "b"), [("only one",)])
