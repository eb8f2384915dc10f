"""The page of a file: what is on it, and how a browser shows it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.errors import FilepathError, TargetError
from tests.conversion.exports import exported
from tests.inspection.chromium import facts_of, needs_browser
from tests.runtime.endless_files import looping
from tests.runtime.quantized_files import float_file, quantized_file

CELLS = """[...page.querySelectorAll("svg.treemap")].map(svg => ({
    shown: svg.getBoundingClientRect().width > 0,
    bytes: [...svg.querySelectorAll(".cell")].reduce((sum, cell) => sum + +cell.dataset.bytes, 0),
    wide: [...svg.querySelectorAll(".cell")].filter(cell =>
        cell.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1).length,
    spilled: [...svg.querySelectorAll("text")].filter(text =>
        text.getBoundingClientRect().right >
        text.parentElement.querySelector("rect").getBoundingClientRect().right + 2).length,
    texts: svg.querySelectorAll("text").length }))"""


class Tags(HTMLParser):
    """The tags of a page that are opened and not closed, and what refers to other places."""

    VOID = ("meta", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.references += [value for name, value in attributes if name in ("src", "href")]

    def handle_startendtag(self, tag: str, attributes: Any) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the int8 file, with its comparison with the model."""
    found = lir.inspect(quantized_file("int8"))
    compared = lir.verify(exported("dict", "stablehlo").model, found.path)
    target = tmp_path_factory.mktemp("page") / "page.html"
    assert lir.write_inspection_page(found, target, reports=[compared]) == target
    return target


def test_a_page_is_whole_and_refers_to_nothing(page: Path) -> None:
    text = page.read_text("utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.references == []
    assert not re.search(r"<script|@import|url\(|https?://", text)
    assert "default-src 'none'" in text


def test_a_page_has_every_section(page: Path) -> None:
    text = page.read_text("utf-8")
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles[0] == "Overview"
    assert {"Bytes", "What runs where", "Signatures", "Operators", "Quantization"} < set(titles)
    assert any("scores" in text or "agrees" in title for title in titles)


def test_names_in_a_file_are_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "a<b>&c.tflite"
    path.write_bytes(float_file().read_bytes().replace(b"conv/kernel", b"<b>v/kernel"))
    text = lir.inspection_page(lir.inspect(path, delegation=False))
    assert "<b>" not in text
    assert "a&lt;b&gt;&amp;c.tflite" in text
    assert "&lt;b&gt;v" in text


def test_each_subgraph_has_its_steps(tmp_path: Path) -> None:
    path = tmp_path / "loop.tflite"
    path.write_bytes(looping(endless=False))
    found = lir.inspect(path)
    text = lir.inspection_page(found)
    assert text.count("<h3>Subgraph") == len(found.subgraphs)
    operators = sum(map(int, re.findall(r'data-operators="(\d+)"', text)))
    assert operators == 3 * found.operator_count  # one strip for each width


def test_a_page_has_its_own_extension(tmp_path: Path) -> None:
    found = lir.inspect(float_file(), delegation=False)
    with pytest.raises(FilepathError, match=r"must end with '\.html'"):
        lir.write_inspection_page(found, tmp_path / "page.tflite")
    with pytest.raises(TargetError):
        lir.write_inspection_page(found, tmp_path / "missing" / "page.html")
    assert list(tmp_path.iterdir()) == []


@needs_browser
@pytest.mark.parametrize(("width", "shown"), [(1280, 0), (800, 1), (390, 2)])
def test_a_browser_shows_one_treemap_of_all_bytes(page: Path, width: int, shown: int) -> None:
    maps, console = facts_of(page, CELLS, page.parent, width)
    assert console == ""
    assert [each["shown"] for each in maps] == [number == shown for number in range(3)]
    size = quantized_file("int8").stat().st_size
    assert [each["bytes"] for each in maps] == [size] * 3
    assert maps[shown]["wide"] == maps[shown]["spilled"] == 0
    assert maps[shown]["texts"] > 0


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_no_section_is_wider_than_the_window(page: Path, width: int) -> None:
    script = "[page.documentElement.scrollWidth, view.innerWidth]"
    (content, window), _ = facts_of(page, script, page.parent, width)
    assert content <= window
