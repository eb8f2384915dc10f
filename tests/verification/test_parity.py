"""What a comparison of a file with its model says."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.errors import ParityError
from litert_ir.verification.cases import Origin, given_cases
from litert_ir.verification.metrics import error_summary
from litert_ir.verification.output_parity import OutputParity, output_parity
from litert_ir.verification.parity import ParityReport, compare_results
from litert_ir.verification.tolerance import TOLERANCES
from tests.conversion.exports import exported

NAN, INF = float("nan"), float("inf")
STRICT = lir.Tolerance(variation=1e-3, scale=2e-5)


def array(*numbers: float) -> NDArray[np.float32]:
    return np.array(numbers, np.float32)


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
    assert error_summary([(reference, result)])[0] == difference


def test_large_integers_are_told_apart() -> None:
    parity = output_parity("out", [(np.array([2**60]), np.array([2**60 + 1]))], STRICT)
    assert parity.differing == 1.0
    assert not parity.agrees


def test_another_shape_is_no_parity() -> None:
    with pytest.raises(ParityError, match="another shape") as caught:
        output_parity("out", [(np.zeros((2, 3)), np.zeros((3, 2)))], STRICT)
    assert (caught.value.where, caught.value.expected, caught.value.received) == (
        "out",
        "(2, 3)",
        "(3, 2)",
    )


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
@pytest.mark.parametrize(("flips", "agrees"), [(0.0, False), (0.16, False), (0.17, True)])
def test_a_share_of_integers_may_differ(dtype: str, flips: float, agrees: bool) -> None:
    tolerance = lir.Tolerance(variation=10.0, scale=10.0, absolute=10.0, flips=flips)
    reference, other = np.array([0, 1, 1], dtype), np.array([0, 1, 0], dtype)
    equal = output_parity("out", [(reference, reference)], tolerance)
    differs = output_parity("out", [(reference, reference), (reference, other)], tolerance)
    assert (equal.agrees, equal.differing) == (True, 0.0)
    assert differs.differing == pytest.approx(1 / 6)
    assert differs.agrees is agrees
    assert "16.67% of the values differ" in str(differs)


def test_the_bound_is_that_of_all_cases_together() -> None:
    tolerance = lir.Tolerance(variation=0.1, scale=0.0)
    near, far = array(5, 5), array(15, 15)
    parity = output_parity("out", [(near, near + 0.5), (far, far)], tolerance)
    assert parity.bound == pytest.approx(1.0)
    assert parity.variation == pytest.approx(10.0)
    assert parity.max_abs_value == pytest.approx(15.0)
    assert parity.agrees


def test_nothing_agrees_with_infinitely_wrong() -> None:
    tolerance = lir.Tolerance(variation=9, scale=9)
    parity = output_parity("out", [(array(1, NAN), array(1, 1))], tolerance)
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
        (np.array([[1.0, 5.0, 9.0], [1.0, 5.0, 9.0]]), False),  # classes differ, samples do not
    ],
)
def test_values_that_hardly_vary_show_little(reference: NDArray[Any], telling: bool) -> None:
    parity = output_parity("out", [(reference, reference)], STRICT)
    assert parity.agrees
    assert parity.is_telling is telling
    assert ("shows little" in str(parity)) is not telling


INTEGER = TOLERANCES[lir.Precision.INTEGER]


@pytest.mark.parametrize(
    ("level", "noise", "agrees"),
    [(0, 0.1, True), (0, 0.58, False), (100, 0.2, True), (100, 0.58, False), (-100, 0.58, False)],
)
def test_noise_is_compared_with_what_varies_not_with_a_constant(
    level: float, noise: float, agrees: bool
) -> None:
    rng = np.random.default_rng(0)
    reference = level + rng.standard_normal((16, 8))
    result = reference + noise * rng.standard_normal((16, 8))
    parity = output_parity("out", [(reference, result)], INTEGER)
    assert parity.agrees is agrees
    if level:
        assert parity.max_abs_error < parity.bound  # by which alone it would have been accepted
    assert parity.rms_error is not None
    assert parity.spread == pytest.approx(1.0, abs=0.15)
    assert parity.rms_error == pytest.approx(noise, rel=0.15)
    assert f"{parity.rms_error / (parity.spread or 1):.2%} of the spread" in str(parity)


def test_outputs_below_what_eight_bits_resolve_are_not_judged_by_noise() -> None:
    rng = np.random.default_rng(0)
    reference = 100 + 0.05 * rng.standard_normal((16, 8))
    parity = output_parity("out", [(reference, reference + 0.3)], INTEGER)
    assert parity.agrees
    assert parity.rms_bound is None
    assert "not judged" in str(parity)
    assert not parity.is_telling


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), np.float32)


@pytest.mark.parametrize(("turned", "agrees"), [(2, True), (16, False), (30, False)])
def test_scores_are_judged_by_what_they_decide(turned: int, agrees: bool) -> None:
    """Half of the rows are sure by little, and some of these are turned: by small errors."""
    rng = np.random.default_rng(0)
    wanted = np.eye(3)[rng.integers(0, 3, 64)]
    logits = np.where(np.arange(64)[:, None] < 42, 0.4, 9.0) * wanted
    result = logits.copy()
    result[:turned] = np.roll(logits[:turned], 1, axis=1)
    parity = output_parity("out", [(softmax(logits), softmax(result))], INTEGER)
    assert parity.agreement is not None
    assert (parity.agreement.decided, parity.agreement.differing) == (64, turned)
    assert parity.agreement.is_refuted is not agrees
    assert parity.agrees is agrees
    assert parity.max_abs_error < parity.bound
    assert (parity.rms_error or 0.0) < (parity.rms_bound or 0.0)
    assert f"in {1 - turned / 64:.2%} of 64 decision(s)" in str(parity)


def test_one_unsure_sample_among_many_scores_may_change_its_mind() -> None:
    rng = np.random.default_rng(0)
    logits = 8 * np.eye(10)[rng.integers(0, 10, 64)]
    logits[0] = 0
    logits[0, 1] = 0.5
    result = logits.copy()
    result[0, 2] = 2.2
    pairs = [(softmax(logits), softmax(result))]
    parity = output_parity("out", pairs, INTEGER)
    assert parity.max_abs_error > INTEGER.bound([pairs[0][0]])
    assert parity.agrees
    assert not output_parity("out", [(p[:1], q[:1]) for p, q in pairs], INTEGER).agrees


def output(name: str, error: float) -> OutputParity:
    return OutputParity(
        name=name,
        max_abs_error=error,
        mean_abs_error=error / 2,
        cosine=0.9999,
        top1_agreement=0.75,
        rows=8,
        bound=1.0,
        max_abs_value=2.0,
        variation=4.0,
        agrees=error <= 1,
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
        "    mean |difference| 1.25e-01, cosine 0.999900, top-1 the same in 75.00% of 8 row(s)",
        "  bad: DIFFERS, max |difference| 3.00e+00 (accepted 1.00e+00, max |value| 2.00e+00)",
        "    mean |difference| 1.50e+00, cosine 0.999900, top-1 the same in 75.00% of 8 row(s)",
    ]


def test_a_report_says_what_the_file_was_compared_with() -> None:
    report = ParityReport(
        reference="the float file",
        outputs=(output("good", 0.25),),
        tolerance=STRICT,
        cases=1,
        input_shapes=(((1, 4),),),
    )
    assert str(report).startswith("compared with the float file on 1 input(s):")


def headline(*outputs: OutputParity, origins: tuple[Origin, ...], cases: int = 2) -> str:
    return ParityReport(
        outputs=outputs,
        tolerance=STRICT,
        cases=cases,
        input_shapes=(((1, 4),),) * cases,
        sizes="batch 1, 3",
        compared_on=origins,
    ).headline


@pytest.mark.parametrize(
    ("origins", "cases", "told"),
    [
        ((Origin.RANDOM,), 2, "2 random inputs"),
        ((Origin.RANDOM,), 1, "1 random input"),
        ((Origin.CALIBRATION,), 32, "32 calibration samples"),
        ((Origin.SAMPLES,), 1, "1 given sample"),
        (
            (Origin.SAMPLES, Origin.RESIZED),
            9,
            "9 inputs (given samples, their values at other sizes)",
        ),
        ((), 1, "1 input"),
    ],
)
def test_the_headline_says_what_the_file_was_compared_on(
    origins: tuple[Origin, ...], cases: int, told: str
) -> None:
    good = output("good", 0.25)
    assert headline(good, origins=origins, cases=cases) == (
        f"agrees with the Keras model on {told}, at batch 1, 3"
    )


def test_the_headline_names_the_outputs_that_differ_and_the_sizes() -> None:
    good, bad = output("good", 0.25), output("bad", 3.0)
    origins = (Origin.RANDOM,)
    assert headline(good, bad, origins=origins) == (
        "DIFFERS from the Keras model: bad (on 2 random inputs, at batch 1, 3)"
    )
    at_three = attrs.evolve(bad, differs_at="batch 3")
    assert headline(good, at_three, origins=origins) == (
        "DIFFERS from the Keras model: bad at batch 3 (on 2 random inputs)"
    )


def test_all_cases_are_measured_together() -> None:
    first = (np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]))
    second = (np.array([[0.0, 3.0], [2.0, 0.0]]), np.array([[0.0, 3.0], [0.0, 2.0]]))
    parity = output_parity("out", [first, second], STRICT)
    assert parity.mean_abs_error == pytest.approx(4 / 6)
    assert parity.cosine == pytest.approx((1 + 9) / 14)
    assert parity.top1_agreement == pytest.approx(2 / 3)
    assert parity.rows == 3


def test_integers_have_no_direction_and_no_first_class() -> None:
    parity = output_parity("out", [(np.array([[1, 2]]), np.array([[1, 3]]))], STRICT)
    assert (parity.cosine, parity.top1_agreement) == (None, None)
    assert parity.mean_abs_error == 0.5


def test_an_output_of_which_nothing_was_compared_does_not_agree() -> None:
    empty = np.zeros((2, 0), np.float32)
    with pytest.raises(ParityError, match="nothing of it was compared") as caught:
        output_parity("states", [(empty, empty), (empty, empty)], STRICT)
    error = caught.value
    assert (error.where, error.received) == ("states", "(2, 0), (2, 0)")
    assert "samples" in error.advice
    assert output_parity("states", [(empty, empty), (array(1, 2), array(1, 2))], STRICT).agrees


def test_a_report_tells_the_sizes_and_what_was_left_out() -> None:
    export = exported("single")
    sample = (np.ones((2, 4), np.float32),)
    cases = [*given_cases(export.plan, export.model, [sample])]
    cases.append(attrs.evolve(cases[0], note="not compared from length 519 on"))
    results = [{"scores": case.outputs[0]} for case in cases]
    report = compare_results(results, export.plan, cases, STRICT)
    assert (report.sizes, report.notes) == ("batch 2", ("not compared from length 519 on",))
    assert str(report).splitlines()[:3] == [
        "compared with the Keras model on 2 input(s):",
        "  at batch 2",
        "  note: not compared from length 519 on",
    ]
