"""Patterns that stand in an order which one of them rules out are noticed."""

from __future__ import annotations

import pytest

from litert_ir.errors import PatternError
from litert_ir.isolation.worker import shared_worker
from tests.stablehlo.rewrites import in_child

call = shared_worker().call
Stages = tuple[tuple[str, ...], ...]


@pytest.mark.parametrize(
    "stages",
    [
        (("other", "late"),),
        (("other",), ("late",)),
        (("other", "late"), ("other", "late")),
        (("other",), ("late",), ("other",)),
        (("early", "other"),),
        (("early",), ("other",)),
        (("early",), ("other", "late")),
    ],
)
def test_order_holds_within_stages_and_between_them(stages: Stages) -> None:
    assert call(in_child.ordered, stages) == len(stages)


@pytest.mark.parametrize(
    ("stages", "where"),
    [
        ((("late", "other"),), "late in the stage 'stage 0'"),
        ((("late",), ("other",)), "late in the stage 'stage 0'"),
        ((("late",),), "late in the stage 'stage 0'"),
        ((("other", "late"), ("late", "other")), "late in the stage 'stage 1'"),
        ((("other", "early"),), "early in the stage 'stage 0'"),
        ((("other",), ("early",)), "early in the stage 'stage 1'"),
    ],
)
def test_a_wrong_order_names_both_patterns_and_the_reason(stages: Stages, where: str) -> None:
    with pytest.raises(PatternError, match="it would undo it") as caught:
        call(in_child.ordered, stages)
    assert caught.value.where == where
    assert "other" in caught.value.expected


def test_an_order_that_says_nothing_is_an_error() -> None:
    with pytest.raises(PatternError, match="match no operation in common"):
        call(in_child.ordered, (("elsewhere", "after_elsewhere"),))


def test_every_constraint_of_the_stages_fails_where_they_are_turned_around() -> None:
    assert call(in_child.constraints_that_hold_backwards) == ()
