"""Progress in numbers that is a text all the same."""

from __future__ import annotations

import pytest

from litert_ir.runtime.counting import Counted, counted, prefixed


def test_the_numbers_are_in_the_text() -> None:
    text = Counted("calibrating", 32, 300)
    assert isinstance(text, str)
    assert text == "calibrating: 32 of 300 samples"
    assert (text.phase, text.done, text.total) == ("calibrating", 32, 300)


def test_a_total_that_nobody_knows_is_left_out() -> None:
    assert Counted("reading", 5, unit="rows") == "reading: 5 rows"


@pytest.mark.parametrize(("items", "total"), [([7, 8], 2), (iter([7, 8]), 2)])
def test_items_are_passed_on_and_counted(items: list[int], total: int) -> None:
    reports: list[str] = []
    assert list(counted(items, reports.append, "calibrating")) == [7, 8]
    assert reports == [f"calibrating: {done} of {total} samples" for done in (0, 1, 2)]


def test_items_of_unknown_number_are_counted() -> None:
    reports: list[str] = []
    assert list(counted((n for n in (7, 8)), reports.append, "calibrating")) == [7, 8]
    assert reports == [f"calibrating: {done} samples" for done in (0, 1, 2)]


def test_an_item_counts_once_it_was_dealt_with() -> None:
    reports: list[str] = []
    items = counted([7, 8], reports.append, "calibrating")
    next(items)
    assert reports == ["calibrating: 0 of 2 samples"]


def test_a_prefix_keeps_the_numbers() -> None:
    text = prefixed("direct", Counted("calibrating", 3, 9, "rows"))
    assert text == "direct: calibrating: 3 of 9 rows"
    assert isinstance(text, Counted)
    assert (text.phase, text.done, text.total) == ("direct: calibrating", 3, 9)
    assert prefixed("direct", "converting") == "direct: converting"
