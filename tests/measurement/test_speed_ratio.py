"""Telling a difference of speed from the noise of measuring."""

from __future__ import annotations

import pytest

from litert_ir.measurement.run_times import RunTimes, time_text
from litert_ir.measurement.speed_ratio import SpeedRatio
from litert_ir.measurement.timed_launches import Launch
from litert_ir.measurement.timing_child import Start

START = Start(load_s=0.1, first_run_s=0.2, run_s=0.01)


def launches(*turns_of_launch: tuple[float, ...]) -> tuple[Launch, ...]:
    """Launches with one run in each turn."""
    return tuple(
        Launch(start=START, turns=tuple((second,) for second in turns), memory_bytes=1)
        for turns in turns_of_launch
    )


def test_a_difference_in_every_launch_is_measured() -> None:
    others = launches((1.3,), (1.2,), (1.4,), (1.3,), (1.3,))
    ratio = SpeedRatio.of(launches(*[(1.0,)] * 5), others)
    assert ratio.is_measured
    assert ratio.first_is_faster
    assert str(ratio) == "1.30 x (1.20 to 1.40 in 5 launches)"


def test_the_second_file_may_be_the_faster_one() -> None:
    ones = launches((2.0,), (4.0,), (2.0,), (4.0,), (2.5,))
    ratio = SpeedRatio.of(ones, launches(*[(1.0,)] * 5))
    assert ratio.is_measured
    assert not ratio.first_is_faster
    assert ratio.speedup == pytest.approx(2.5)
    assert str(ratio) == "2.50 x (2.00 to 4.00 in 5 launches)"


@pytest.mark.parametrize(
    "others",
    [
        pytest.param((1.3, 0.9, 1.2, 1.3, 1.3), id="one launch says otherwise"),
        pytest.param((1.01, 1.015, 1.019, 1.01, 1.01), id="less than two copies differ by"),
        pytest.param((1.3, 1.3, 1.0, 1.3, 1.3), id="one launch sees none"),
        pytest.param((1.3, 1.3, 1.3, 1.3), id="too few launches"),
    ],
)
def test_less_is_no_measured_difference(others: tuple[float, ...]) -> None:
    ones = launches(*((1.0,) for _ in others))
    assert not SpeedRatio.of(ones, launches(*((other,) for other in others))).is_measured


def test_turns_are_compared_with_those_beside_them() -> None:
    """A machine that becomes four times slower half way through changes no ratio."""
    ratio = SpeedRatio.of(launches((1.0, 1.0, 4.0, 4.0)), launches((1.5, 1.5, 6.0, 6.0, 6.0)))
    assert (ratio.least, ratio.median, ratio.greatest) == (1.5, 1.5, 1.5)


def test_times_are_summarized_over_all_launches() -> None:
    times = RunTimes.of(launches((1.0, 3.0), (2.0, 2.0, 8.0)))
    assert (times.median_s, times.least_s, times.runs) == (2.0, 1.0, 5)
    assert times.launch_medians_s == (2.0, 2.0)
    assert 3.0 < times.p95_s < 8.0


def test_times_are_read_in_the_fitting_unit() -> None:
    assert [time_text(seconds) for seconds in (0, 1e-7, 0.00123, 61.0)] == [
        "0 us",
        "0.1 us",
        "1.23 ms",
        "61 s",
    ]
