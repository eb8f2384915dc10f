"""The order of upgrades: the most noise removed per byte comes first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from litert_ir.ir.quantization import Precision
from litert_ir.recipe_search.upgrade_steps import Rung, lowest, upgrade_steps

INT4, INT8 = Precision.WEIGHT_ONLY_INT4, Precision.WEIGHT_ONLY_INT8
HALF, FLOAT = Precision.FLOAT16_WEIGHTS, Precision.FLOAT


def rung(precision: Precision, cost: float, noise: float) -> Rung:
    return Rung(precision=precision, cost=cost, noise=noise)


def test_a_group_climbs_rung_by_rung() -> None:
    ladder = (rung(FLOAT, 30, 0), rung(INT4, 4, 100), rung(INT8, 8, 10), rung(HALF, 16, 1))
    assert lowest(ladder) is INT4
    assert [step.precision for step in upgrade_steps([ladder])] == [INT8, HALF, FLOAT]


def test_a_rung_that_is_worth_less_than_the_next_one_is_skipped() -> None:
    ladder = (rung(INT4, 4, 100), rung(INT8, 8, 99), rung(HALF, 9, 0))
    assert [step.precision for step in upgrade_steps([ladder])] == [HALF]


def test_a_precision_that_saves_nothing_is_not_started_with() -> None:
    ladder = (rung(INT4, 8, 5), rung(INT8, 8, 0))
    assert lowest(ladder) is INT8
    assert upgrade_steps([ladder]) == ()


def test_groups_take_turns_by_their_gains() -> None:
    sensitive = (rung(INT4, 4, 100), rung(INT8, 8, 50), rung(HALF, 16, 0))
    robust = (rung(INT4, 4, 1), rung(INT8, 8, 0))
    steps = upgrade_steps([robust, sensitive])
    assert [(step.group, step.precision) for step in steps] == [(1, INT8), (1, HALF), (0, INT8)]


ladders = st.lists(
    st.dictionaries(
        st.sampled_from(list(Precision)),
        st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
        min_size=1,
    ).map(lambda rungs: tuple(rung(each, *numbers) for each, numbers in rungs.items())),
    min_size=1,
    max_size=5,
)


@given(ladders)
def test_steps_fall_in_gain_and_each_removes_noise_for_its_cost(
    given_ladders: Sequence[Sequence[Rung]],
) -> None:
    steps = upgrade_steps(given_ladders)
    gains = [step.gain for step in steps]
    assert gains == sorted(gains, reverse=True)
    assert all(math.isfinite(gain) and gain > 0 for gain in gains)
    for number, ladder in enumerate(given_ladders):
        known = {each.precision: each for each in ladder}
        path = [lowest(ladder), *(step.precision for step in steps if step.group == number)]
        costs = [known[each].cost for each in path]
        noises = [known[each].noise for each in path]
        assert costs == sorted(set(costs))
        assert noises == sorted(set(noises), reverse=True)
        assert costs[0] == min(each.cost for each in ladder)
        assert noises[-1] == min(each.noise for each in ladder)
