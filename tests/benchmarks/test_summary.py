"""From runs to medians, ratios and verdicts."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import targets
from benchmarks.contenders import Contender
from benchmarks.figures import Figure, Quantity, Ratio, Relation, Series, quantity
from benchmarks.outcomes import Cap, Outcome
from benchmarks.records import Stage
from benchmarks.summary import Cell, summarize
from tests.benchmarks.canned import (
    DIRECT,
    KERAS,
    MB,
    STABLEHLO,
    VERIFY_SECONDS,
    WEIGHTS,
    capped,
    latency,
    outcomes,
    success,
)

POSITIVE = st.floats(1e-3, 1e6)


def cells(runs: Iterable[Outcome]) -> dict[Contender, Cell]:
    return {cell.contender: cell for cell in summarize(runs)}


def figures(found: Quantity | None) -> tuple[float, float | None, float | None]:
    """The median, the ratio of medians and the ratio in the same round."""
    assert found is not None
    ratio = found.ratio
    return (
        found.median.value,
        ratio.of_medians.value if ratio else None,
        ratio.in_same_round if ratio else None,
    )


def test_medians_leave_failed_runs_out_and_count_them() -> None:
    cell = cells(outcomes())[STABLEHLO]
    assert (cell.successes, cell.failures, cell.cap) == (2, 1, None)
    assert cell.weights == WEIGHTS
    assert figures(cell.cold)[0] == 1.5
    assert figures(cell.warm)[0] == 0.75
    assert figures(cell.verify) == (VERIFY_SECONDS, None, None)
    assert figures(cell.resident)[0] == 130 * MB
    assert figures(cell.anonymous)[0] == 65 * MB
    assert figures(cell.children)[0] == 97.5 * MB
    assert figures(cell.file)[0] == 14 * MB
    assert figures(cell.operators)[0] == 60
    assert cell.strategies == ("made",)


def test_ratios_of_medians_and_in_the_same_round_are_kept_apart() -> None:
    cell = cells(outcomes())[STABLEHLO]
    assert figures(cell.cold) == (1.5, 1.5 / 10.0, (1.0 / 8.0 + 2.0 / 10.0) / 2)
    assert figures(cell.resident)[1:] == (130 / 300, (100 / 200 + 160 / 400) / 2)


def test_a_latency_ratio_is_taken_within_each_process() -> None:
    cell = cells(outcomes())[STABLEHLO]
    median, of_medians, in_same_process = figures(cell.latency)
    assert (median, of_medians) == (0.012, 1.0)
    assert in_same_process == pytest.approx(1.0)  # of 0.9, 1.1 and 1.0


def test_a_file_that_does_not_run_has_no_latency() -> None:
    runs: list[Outcome] = [
        success(KERAS, 0, 2.0, MB),
        success(STABLEHLO, 0, 1.0, MB),
        latency(0, 0, None, 0.002),
    ]
    assert cells(runs)[KERAS].latency is None
    assert figures(cells(runs)[STABLEHLO].latency) == (0.002, None, None)


def test_the_baseline_has_ratio_one_to_itself() -> None:
    assert figures(cells(outcomes())[KERAS].cold) == (10.0, 1.0, 1.0)


def test_no_ratio_without_a_baseline_or_against_zero() -> None:
    (alone,) = summarize([success(DIRECT, 0, 2.0, MB)])
    assert figures(alone.cold) == (2.0, None, None)
    against_zero = cells([success(KERAS, 0, 2.0, 0), success(DIRECT, 0, 2.0, MB)])
    assert figures(against_zero[DIRECT].resident)[1] is None


def test_a_cell_without_any_measurement_has_no_figures() -> None:
    cell = cells(outcomes())[DIRECT]
    assert (cell.successes, cell.failures, cell.weights, cell.cold) == (0, 1, None, None)


def test_what_was_capped_is_a_bound() -> None:
    found = cells([capped(KERAS), success(STABLEHLO, 0, 2.0, 90 * MB)])
    baseline = found[KERAS]
    assert (baseline.cap, baseline.weights, baseline.successes) == (Cap.MEMORY, WEIGHTS, 0)
    assert baseline.cold == Quantity(median=Figure(100.0, Relation.AT_LEAST))
    ratio = Ratio(of_medians=Figure(0.02, Relation.AT_MOST))
    assert found[STABLEHLO].cold == Quantity(median=Figure(2.0), ratio=ratio)
    assert found[STABLEHLO].resident == Quantity(
        median=Figure(90 * MB), ratio=Ratio(of_medians=Figure(0.01, Relation.AT_MOST))
    )
    assert found[STABLEHLO].warm is None


@given(
    truths=st.tuples(POSITIVE, POSITIVE),
    known=st.tuples(st.none() | st.floats(0.1, 1), st.none() | st.floats(0.1, 1)),
)
def test_a_ratio_of_bounds_holds_for_the_truth(
    truths: tuple[float, float], known: tuple[float | None, float | None]
) -> None:
    own, baseline = (
        Series({0: truth}) if share is None else Series({}, at_least=truth * share)
        for truth, share in zip(truths, known, strict=True)
    )
    found = quantity(own, baseline)
    assert found is not None
    if found.ratio is None:
        assert None not in known  # of two bounds nothing is known
        return
    truth, figure = truths[0] / truths[1], found.ratio.of_medians
    match figure.relation:
        case Relation.IS:
            assert figure.value == pytest.approx(truth)
        case Relation.AT_LEAST:
            assert figure.value <= truth * (1 + 1e-9)
        case Relation.AT_MOST:
            assert figure.value >= truth * (1 - 1e-9)


def test_nothing_comes_of_no_runs() -> None:
    assert summarize(()) == ()
    assert quantity(Series({}), Series({0: 1.0})) is None


@pytest.mark.parametrize(("seconds", "reached"), [(1.0, True), (1.25, True), (1.3, False)])
def test_time_is_to_be_eight_times_less(seconds: float, reached: bool) -> None:
    found = cells([success(KERAS, 0, 10.0, MB), success(STABLEHLO, 0, seconds, MB)])
    assert targets.is_fast(found[STABLEHLO]) is reached
    assert targets.is_fast(found[KERAS]) is None


def test_a_bound_decides_only_one_way() -> None:
    quick = cells([capped(KERAS), success(STABLEHLO, 0, 12.0, MB)])[STABLEHLO]
    assert targets.is_fast(quick) is True
    unknown = cells([capped(KERAS), success(STABLEHLO, 0, 13.0, MB)])[STABLEHLO]
    assert targets.is_fast(unknown) is None
    slow = cells([success(KERAS, 0, 100.0, MB), capped(STABLEHLO)])[STABLEHLO]
    assert targets.is_fast(slow) is False
    assert targets.is_lean(slow, slow.resident) is False


@pytest.mark.parametrize(("resident", "reached"), [(121 * MB, True), (122 * MB, False)])
def test_memory_is_to_be_a_tenth_of_the_weights_and_a_fixed_part(
    resident: int, reached: bool
) -> None:
    assert targets.extra_limit(WEIGHTS) == 121.4 * MB
    found = cells([success(KERAS, 0, 10.0, MB), success(STABLEHLO, 0, 1.0, resident)])
    assert targets.is_lean(found[STABLEHLO], found[STABLEHLO].resident) is reached
    assert targets.is_lean(found[STABLEHLO], found[STABLEHLO].anonymous) is True
    assert targets.is_lean(found[KERAS], found[KERAS].resident) is None


@pytest.mark.parametrize(("seconds", "reached"), [(0.0102, True), (0.0104, False)])
def test_latency_is_not_to_be_worse_beyond_noise(seconds: float, reached: bool) -> None:
    runs: list[Outcome] = [
        success(KERAS, 0, 2.0, MB),
        success(STABLEHLO, 0, 1.0, MB, Stage.WARM),
        latency(0, 0, 0.01, seconds),
    ]
    assert targets.is_as_quick(cells(runs)[STABLEHLO]) is reached
    assert targets.is_as_quick(cells(runs)[KERAS]) is None
    assert targets.is_as_quick(cells(runs[:2])[STABLEHLO]) is None
