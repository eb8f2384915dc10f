"""Texts in narrow terminals: words stay whole as long as they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.reports.table import Column, Table, facts
from litert_ir.reports.text import text_of
from litert_ir.reports.wrapping import longest_piece, longest_word, widths_within, wrapped

TEXTS = st.text(st.sampled_from("ab/_.-: \n"), max_size=80)


@given(TEXTS, st.integers(1, 30))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, width: int) -> None:
    rows = wrapped(text, width)
    assert "".join("".join(rows).split()) == "".join(text.split())
    assert all(len(row) <= width for row in rows)


@given(TEXTS, st.integers(1, 30))
def test_a_word_is_divided_only_where_it_does_not_fit(text: str, width: int) -> None:
    words = [word for row in wrapped(text, width) for word in row.split()]
    for word in text.split():
        assert len(word) > width or word in words
    if longest_piece(text) <= width:
        assert max(map(longest_piece, words), default=0) == longest_piece(text)


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("  agrees with it", 10, ["  agrees", "  with it"]),
        ("a/bc/def", 6, ["a/bc/", "def"]),
        ("at block_1/conv", 9, ["at", "block_1/", "conv"]),
        ("abcdefg", 3, ["abc", "def", "g"]),
        ("", 3, [""]),
    ],
)
def test_the_lines_of_a_text(text: str, width: int, rows: list[str]) -> None:
    assert wrapped(text, width) == rows


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=5),
    st.integers(0, 100),
)
def test_columns_keep_their_floors_where_that_can_be(
    columns: list[tuple[int, int]], available: int
) -> None:
    natural = [max(pair) for pair in columns]
    floor = [min(pair) for pair in columns]
    widths = widths_within(available, natural, [floor])
    assert sum(widths) <= max(available, len(natural))
    if sum(floor) <= available:
        assert all(width >= least for width, least in zip(widths, floor, strict=True))


@pytest.mark.parametrize("width", [80, 60, 40])
def test_a_table_divides_no_word_that_fits(width: int) -> None:
    table = Table(
        "Layers",
        ("layer", Column("bytes", numeric=True), "what became of it"),
        [("block_1/conv_2/kernel", "12,345,678", "agrees with the model on all inputs")],
    )
    path = facts("", [("file", "/home/user/models/classifier.tflite")])
    text = text_of("a headline of a few words", [table, path], width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    words = {word for line in lines for word in line.replace("│", " ").split()}
    assert {"12,345,678", "agrees", "model", "inputs", "bytes"} <= words
    assert longest_word(text) <= width
