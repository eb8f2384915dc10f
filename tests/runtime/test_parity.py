"""How far a file may be from its model, and what a comparison says."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.errors import FileRejectedError, ParityError
from litert_ir.runtime.parity import (
    TOLERANCES,
    OutputParity,
    ParityReport,
    _difference,
    _output_parity,
    check_interface,
)
from tests.conversion.exports import exported, plan_of
from tests.conversion.quantized import quantized

NAN, INF = float("nan"), float("inf")
STRICT = lir.Tolerance(spread=1e-3, scale=2e-5)

shares = st.floats(0.0, 10.0)
tolerances = st.builds(lir.Tolerance, spread=shares, scale=shares, absolute=shares)
values = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20).map(
    lambda numbers: np.array(numbers, np.float32)
)


def array(*numbers: float) -> NDArray[np.float32]:
    return np.array(numbers, np.float32)


@pytest.mark.parametrize(
    ("tolerance", "reference", "bound"),
    [
        (lir.Tolerance(spread=0.1, scale=0.0), array(-2, 3), 0.5),
        (lir.Tolerance(spread=0.0, scale=0.1), array(-2, 3), 0.3),
        (lir.Tolerance(spread=0.0, scale=0.1), array(-4, 3), 0.4),
        (lir.Tolerance(spread=0.1, scale=0.01, absolute=0.5), array(-2, 3), 1.03),
        (lir.Tolerance(spread=1.0, scale=0.0), array(1000, 1000.5), 0.5),
        (lir.Tolerance(spread=0.5, scale=0.5, absolute=0.25), array(), 0.25),
        (lir.Tolerance(spread=1.0, scale=0.0), array(1, NAN, 3, INF), 2.0),
        (lir.Tolerance(spread=1.0, scale=1.0), array(NAN, INF), 0.0),
        (lir.Tolerance(spread=1.0, scale=0.0), np.array([0, 3 + 4j]), 4.0),
        (lir.Tolerance(spread=0.0, scale=1.0), np.array([0, 3 + 4j]), 5.0),
    ],
)
def test_the_bound(tolerance: lir.Tolerance, reference: NDArray[Any], bound: float) -> None:
    assert tolerance.bound(reference) == pytest.approx(bound)


@given(values, tolerances, st.floats(0.0, 5.0), st.sampled_from(["spread", "scale", "absolute"]))
def test_a_larger_share_accepts_no_less(
    reference: NDArray[Any], tolerance: lir.Tolerance, more: float, field: str
) -> None:
    larger = attrs.evolve(tolerance, **{field: getattr(tolerance, field) + more})
    assert larger.bound(reference) >= tolerance.bound(reference) >= tolerance.absolute


@given(values, values)
def test_more_cases_accept_no_less(some: NDArray[Any], others: NDArray[Any]) -> None:
    assert STRICT.bound(np.concatenate([some, others])) >= STRICT.bound(some)


@given(values, st.sampled_from([0.25, 2.0, -1.0, 1024.0]))
def test_a_relative_bound_scales_with_the_values(reference: NDArray[Any], factor: float) -> None:
    assume(np.abs(reference).max() > 1e-20)  # below, float32 products lose digits
    scaled = STRICT.bound(reference * np.float32(factor))
    assert scaled == pytest.approx(abs(factor) * STRICT.bound(reference), rel=1e-9)


def test_each_precision_has_a_tolerance_and_floats_the_strictest() -> None:
    assert set(TOLERANCES) == set(lir.Precision)
    reference = array(-1, 1)
    bounds = {precision: TOLERANCES[precision].bound(reference) for precision in lir.Precision}
    assert min(bounds, key=lambda precision: bounds[precision]) is lir.Precision.FLOAT
    assert bounds[lir.Precision.FLOAT] < 0.003


@pytest.mark.parametrize(
    ("reference", "result", "difference"),
    [
        (array(1, 2), array(1, 2.5), 0.5),
        (array(1, 2), array(-1, 2), 2.0),
        (array(NAN, 1), array(NAN, 1), 0.0),
        (array(NAN, 1), array(0, 1), INF),
        (array(0, 1), array(NAN, 1), INF),
        (array(INF, 1), array(INF, 1), 0.0),
        (array(INF, 1), array(-INF, 1), INF),
        (array(INF, 1), array(NAN, 1), INF),
        (array(INF, 1), array(3e38, 1), INF),
        (array(3e38, 1), array(INF, 1), INF),
        (array(NAN), array(NAN), 0.0),
        (np.array([1 + 1j]), np.array([1 - 1j]), 2.0),
        (np.array([2**62]), np.array([2**62 + 4096]), 4096.0),
        (np.array([True, False]), np.array([True, True]), 1.0),
        (array(), array(), 0.0),
    ],
)
def test_the_difference(reference: NDArray[Any], result: NDArray[Any], difference: float) -> None:
    assert _difference("out", reference, result) == difference


def test_large_integers_are_compared_exactly() -> None:
    assert _difference("out", np.array([2**60]), np.array([2**60 + 1])) > 0


def test_another_shape_is_no_parity() -> None:
    with pytest.raises(ParityError, match="another shape") as caught:
        _difference("out", np.zeros((2, 3)), np.zeros((3, 2)))
    assert (caught.value.where, caught.value.expected, caught.value.received) == (
        "out",
        "(2, 3)",
        "(3, 2)",
    )


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_integers_have_to_be_equal(dtype: str) -> None:
    generous = lir.Tolerance(spread=10.0, scale=10.0, absolute=10.0)
    reference, other = np.array([0, 1, 1], dtype), np.array([0, 1, 0], dtype)
    equal = _output_parity("out", [(reference, reference)], generous)
    differs = _output_parity("out", [(reference, reference), (reference, other)], generous)
    assert (equal.agrees, equal.bound) == (True, 0.0)
    assert (differs.agrees, differs.max_abs_error) == (False, 1.0)


def test_the_bound_is_that_of_all_cases_together() -> None:
    tolerance = lir.Tolerance(spread=0.1, scale=0.0)
    alike, far = array(5, 5), array(15, 15)
    parity = _output_parity("out", [(alike, alike + 0.5), (far, far)], tolerance)
    assert parity.bound == pytest.approx(1.0)
    assert parity.spread == pytest.approx(10.0)
    assert parity.max_abs_value == pytest.approx(15.0)
    assert parity.agrees


def test_nothing_agrees_with_infinitely_wrong() -> None:
    parity = _output_parity("out", [(array(1, NAN), array(1, 1))], lir.Tolerance(spread=9, scale=9))
    assert not parity.agrees


@pytest.mark.parametrize(
    ("reference", "telling"),
    [
        (array(-1, 1), True),
        (array(100, 102), True),
        (array(100, 100.5), False),
        (array(3, 3), False),
        (array(0, 0), False),
        (array(1e-8, 2e-8), True),
        (array(NAN), False),
    ],
)
def test_values_that_are_all_alike_show_little(reference: NDArray[Any], telling: bool) -> None:
    parity = _output_parity("out", [(reference, reference)], STRICT)
    assert parity.agrees
    assert parity.is_telling is telling
    assert ("shows little" in str(parity)) is not telling


def output(name: str, error: float) -> OutputParity:
    return OutputParity(
        name=name, max_abs_error=error, bound=1.0, max_abs_value=2.0, spread=4.0, agrees=error <= 1
    )


def test_a_report_sums_up_its_outputs() -> None:
    good, bad = output("good", 0.25), output("bad", 3.0)
    report = ParityReport(
        outputs=(good, bad), tolerance=STRICT, cases=2, input_shapes=(((1, 4),), ((3, 4),))
    )
    assert not report.agrees
    assert attrs.evolve(report, outputs=(good,)).agrees
    assert report.max_abs_error == 3.0
    assert str(report).splitlines() == [
        "compared with the Keras model on 2 input(s):",
        "  good: agrees, max |difference| 2.50e-01 (accepted 1.00e+00, max |value| 2.00e+00)",
        "  bad: DIFFERS, max |difference| 3.00e+00 (accepted 1.00e+00, max |value| 2.00e+00)",
    ]


@pytest.mark.parametrize(("trait", "other"), [("list", "dict"), ("dict", "list")])
def test_another_interface_is_rejected(trait: str, other: str) -> None:
    with pytest.raises(FileRejectedError, match="inputs are not the plan's") as caught:
        check_interface(exported(trait).file.interface, plan_of(other))
    assert caught.value.expected != caught.value.received


def test_an_integer_interface_is_expected_where_the_plan_asks_for_it() -> None:
    integer, real = quantized("int8"), quantized("float")
    check_interface(integer.file.interface, integer.plan)
    with pytest.raises(FileRejectedError, match="int8"):
        check_interface(integer.file.interface, real.plan)
    with pytest.raises(FileRejectedError, match="int8"):
        check_interface(real.file.interface, integer.plan)
