"""Progress in numbers that is a text all the same."""

from __future__ import annotations

from collections.abc import Iterable
from operator import length_hint

import pytest

from litert_ir.runtime.counting import Counted, CountedItems
from litert_ir.runtime.progress_event import ProgressEvent


def test_the_numbers_are_in_the_text() -> None:
    text = Counted("calibrating", 32, 300)
    assert isinstance(text, str)
    assert text == "calibrating: 32 of 300 samples"
    assert (text.phase, text.done, text.total) == ("calibrating", 32, 300)


def test_a_total_that_nobody_knows_is_left_out() -> None:
    assert Counted("reading", 5, unit="rows") == "reading: 5 rows"


def count(items: Iterable[int]) -> tuple[list[int], list[str]]:
    """The items that come through, and what is told meanwhile."""
    reports: list[str] = []
    return list(CountedItems(items, reports.append, "calibrating")), reports


@pytest.mark.parametrize("items", [[7, 8], iter([7, 8])])
def test_items_are_passed_on_and_counted(items: Iterable[int]) -> None:
    assert count(items) == ([7, 8], [f"calibrating: {done} of 2 samples" for done in (0, 1, 2)])


def test_items_of_unknown_number_are_counted() -> None:
    found, reports = count(n for n in range(40))
    assert found == list(range(40))
    assert reports == [f"calibrating: {done} samples" for done in (0, 32, 40)]


def test_many_items_are_told_of_some_twenty_times() -> None:
    _, reports = count(range(300))
    assert len(reports) == 21
    assert reports[-1] == "calibrating: 300 of 300 samples"


def test_no_items_are_told_of_too() -> None:
    assert count([]) == ([], ["calibrating: 0 of 0 samples"])


def test_an_item_counts_once_it_was_dealt_with() -> None:
    reports: list[str] = []
    next(iter(CountedItems([7, 8], reports.append, "calibrating")))
    assert reports == ["calibrating: 0 of 2 samples"]


def test_items_can_be_read_again() -> None:
    items = CountedItems([7, 8], lambda _: None, "calibrating")
    assert list(items) == list(items) == [7, 8]
    assert length_hint(items) == 2
    assert length_hint(CountedItems((n for n in [7]), lambda _: None, "calibrating"), -1) == -1


def test_as_the_work_of_a_strategy_it_keeps_the_numbers() -> None:
    event = Counted("calibrating", 3, 9, "rows").by("direct")
    assert event == "direct: calibrating: 3 of 9 rows"
    assert isinstance(event, Counted)
    assert (event.strategy, event.phase, event.done, event.total, event.unit) == (
        "direct",
        "calibrating",
        3,
        9,
        "rows",
    )


def test_any_text_is_an_event() -> None:
    event = ProgressEvent.of("converting")
    assert (event.phase, event.strategy, event.by("direct")) == (
        "converting",
        "",
        "direct: converting",
    )
    assert ProgressEvent.of(event) is event
