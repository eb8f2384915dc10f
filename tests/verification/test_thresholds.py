"""Thresholds: what is required of a file beyond the tolerance of its precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import (
    AllStrategiesFailedError,
    OptionsError,
    ParityError,
    SamplesError,
)
from litert_ir.verification.output_parity import OutputParity
from litert_ir.verification.parity import ParityReport
from litert_ir.verification.thresholds import Failure
from litert_ir.verification.verify import require
from tests.conversion.exports import exported, model
from tests.conversion.quantized import conv_model, image_samples
from tests.conversion.stubs import returning

SCORES = OutputParity(
    name="scores",
    max_abs_error=0.25,
    mean_abs_error=0.125,
    cosine=0.99,
    top1_agreement=0.75,
    rows=8,
    bound=1.0,
    max_abs_value=2.0,
    variation=4.0,
    agrees=True,
)
COUNTS = attrs.evolve(SCORES, name="counts", cosine=None, top1_agreement=None, differing=0.0)


def report(*outputs: OutputParity) -> ParityReport:
    return ParityReport(
        outputs=outputs,
        tolerance=lir.Tolerance(variation=1, scale=1),
        cases=1,
        input_shapes=(((8, 4),),),
    )


@pytest.mark.parametrize(
    ("thresholds", "missed"),
    [
        ({"max_abs_error": 0.25}, None),
        (
            {"max_abs_error": 0.24},
            Failure("scores", "max |difference|", 0.24, 0.25, at_least=False),
        ),
        ({"mean_abs_error": 0.125}, None),
        (
            {"mean_abs_error": 0.12},
            Failure("scores", "mean |difference|", 0.12, 0.125, at_least=False),
        ),
        ({"cosine": 0.99}, None),
        ({"cosine": 0.991}, Failure("scores", "cosine similarity", 0.991, 0.99, at_least=True)),
        ({"top1": 0.75}, None),
        ({"top1": 0.76}, Failure("scores", "top-1 agreement", 0.76, 0.75, at_least=True)),
        ({}, None),
    ],
)
def test_a_threshold_is_met_or_missed(thresholds: dict[str, Any], missed: Failure | None) -> None:
    found = lir.Thresholds(**thresholds).failures([SCORES])
    assert found == (() if missed is None else (missed,))


def test_outputs_without_the_metric_are_not_judged_by_it() -> None:
    assert lir.Thresholds(cosine=1.0, top1=1.0).failures([COUNTS]) == ()
    assert len(lir.Thresholds(max_abs_error=0.1).failures([COUNTS])) == 1


def test_nan_meets_no_threshold() -> None:
    undefined = attrs.evolve(SCORES, cosine=float("nan"), max_abs_error=float("nan"))
    found = lir.Thresholds(cosine=-1, max_abs_error=9).failures([undefined])
    assert [failure.metric for failure in found] == ["max |difference|", "cosine similarity"]


def test_the_error_names_output_metric_requirement_and_measurement() -> None:
    with pytest.raises(ParityError, match="misses a threshold") as caught:
        require(report(SCORES, COUNTS), lir.Thresholds(top1=0.9, max_abs_error=0.1))
    error = caught.value
    assert error.where == "scores, counts"
    assert error.expected == (
        "scores: max |difference| of at most 0.1; scores: top-1 agreement of at least 0.9; "
        "counts: max |difference| of at most 0.1"
    )
    assert error.received == (
        "scores: max |difference| 0.25 (at most 0.1 required); "
        "scores: top-1 agreement 0.75 (at least 0.9 required); "
        "counts: max |difference| 0.25 (at most 0.1 required), on 1 input(s)"
    )
    assert "lower the threshold" in error.advice


def test_without_thresholds_nothing_is_required() -> None:
    require(report(SCORES), lir.Thresholds())
    assert not lir.Thresholds().are_set
    assert lir.Thresholds(cosine=0).are_set


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("max_abs_error", -1, "a number 0 or more, or None"),
        ("mean_abs_error", float("nan"), "a number 0 or more, or None"),
        ("cosine", 1.5, "a number from -1 to 1, or None"),
        ("top1", 99, "a number from 0 to 1, or None"),
        ("top1", True, "a number from 0 to 1, or None"),
        ("top1", "0.9", "a number from 0 to 1, or None"),
    ],
)
def test_a_number_out_of_range_is_refused(field: str, value: Any, expected: str) -> None:
    with pytest.raises(OptionsError, match="This is not a valid threshold") as caught:
        lir.Thresholds(**{field: value})
    assert caught.value.where == f"Thresholds.{field}"
    assert (caught.value.expected, caught.value.received) == (expected, repr(value))


def test_top1_of_no_classifier_is_refused_before_anything_is_converted(tmp_path: Path) -> None:
    stub = returning(exported("dynamic-length").content)
    with pytest.raises(OptionsError, match="no top-1 agreement") as caught:
        lir.export(
            model("dynamic-length"),
            tmp_path / "m.tflite",
            strategies=(stub,),
            verify=lir.Verification(thresholds=lir.Thresholds(top1=0.9)),
        )
    assert caught.value.where == "Thresholds.top1"
    assert "each (batch=?, ?, 3) float32" in caught.value.received
    assert stub.calls == 0


def test_thresholds_may_be_for_some_outputs_only() -> None:
    vector = attrs.evolve(SCORES, name="embedding")
    found = lir.Thresholds(top1=0.9, outputs=("scores",)).failures([vector, SCORES])
    assert [failure.output for failure in found] == ["scores"]
    assert lir.Thresholds(top1=0.9, outputs="scores") == lir.Thresholds(
        top1=0.9, outputs=("scores",)
    )


@pytest.mark.parametrize(
    ("thresholds", "message", "where"),
    [
        (lir.Thresholds(cosine=0.9, outputs=["score"]), "no such output", "Thresholds.outputs"),
        (lir.Thresholds(top1=0.9, outputs=["out"]), "no top-1 agreement", "Thresholds.top1"),
    ],
)
def test_thresholds_for_the_wrong_outputs_are_refused(
    thresholds: lir.Thresholds, message: str, where: str
) -> None:
    batch = lir.DynamicDim("batch")
    outputs = [
        lir.TensorSpec(name="scores", shape=(batch, 10), dtype=lir.DType.FLOAT32),
        lir.TensorSpec(name="out", shape=(batch,), dtype=lir.DType.FLOAT32),
    ]
    with pytest.raises(OptionsError, match=message) as caught:
        thresholds.check_applicable(outputs)
    assert caught.value.where == where


def export_integer(path: Path, verify: lir.Verification) -> lir.ExportResult:
    return lir.export(
        conv_model(),
        path,
        options={"optimizations": ["DEFAULT"], "representative_dataset": image_samples},
        strategies=(lir.ConcreteFunction(),),
        verify=verify,
    )


def test_a_threshold_fails_an_export_that_the_tolerance_accepts(tmp_path: Path) -> None:
    strict = lir.Verification(thresholds=lir.Thresholds(cosine=1.0))
    with pytest.raises(AllStrategiesFailedError) as caught:
        export_integer(tmp_path / "m.tflite", strict)
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, ParityError)
    assert attempt.error.where == "scores"
    assert attempt.error.expected == "scores: cosine similarity of at least 1"
    assert attempt.error.received.startswith("scores: cosine similarity 0.999")
    assert "scores: cosine similarity" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_thresholds_are_judged_on_more_samples(tmp_path: Path) -> None:
    lax = lir.Verification(thresholds=lir.Thresholds(cosine=0.99))
    parity = export_integer(tmp_path / "m.tflite", lax).parity
    assert parity is not None
    assert parity.cases == parity.outputs[0].rows == 20  # all there are, which is below 64
    assert parity.outputs[0].top1_agreement == pytest.approx(1.0, abs=0.2)
    assert "top-1 the same in" in str(parity)


def test_an_export_warns_of_thresholds_on_random_inputs_alone(tmp_path: Path) -> None:
    strict = lir.Verification(thresholds=lir.Thresholds(max_abs_error=1.0))
    parity = lir.export(model("single"), tmp_path / "m.tflite", verify=strict).parity
    assert parity is not None
    assert ["on random inputs alone" in warning for warning in parity.warnings] == [True]
    assert "WARNING: the thresholds are judged on random inputs alone" in str(parity)

    given = attrs.evolve(strict, samples=[np.ones((2, 4), np.float32)])
    parity = lir.export(model("single"), tmp_path / "m.tflite", verify=given).parity
    assert parity is not None
    assert parity.warnings == ()


@pytest.mark.parametrize(
    ("samples", "error"),
    [(None, OptionsError), ([np.ones((1, 4), np.float32)] * 2, SamplesError)],
)
def test_more_samples_than_there_are_are_not_compared_on(
    samples: Any, error: type[Exception], tmp_path: Path
) -> None:
    asked = lir.Verification(samples=samples, calibration_samples=3)
    with pytest.raises(error, match="samples"):
        lir.export(model("single"), tmp_path / "m.tflite", verify=asked)
    with pytest.raises(error, match="samples"):
        lir.execute(lir.plan_for(model("single")), model("single"), verify=asked)


def test_of_given_samples_the_first_are_compared_on(tmp_path: Path) -> None:
    samples = [np.full((1, 4), value, np.float32) for value in range(5)]
    asked = lir.Verification(
        samples=samples, calibration_samples=3, thresholds=lir.Thresholds(max_abs_error=1.0)
    )
    parity = lir.export(model("single"), tmp_path / "m.tflite", verify=asked).parity
    assert parity is not None
    assert parity.cases == 3


def test_how_many_samples_are_compared_can_be_said() -> None:
    thresholds = lir.Thresholds(top1=0.5)
    usual = lir.Verification()
    assert (usual.least_calibration_samples, usual.most_calibration_samples) == (4, 32)
    judged = lir.Verification(thresholds=thresholds)
    assert judged.most_calibration_samples == judged.least_calibration_samples == 64
    asked = lir.Verification(thresholds=thresholds, calibration_samples=9)
    assert asked.most_calibration_samples == asked.least_calibration_samples == 9


@pytest.mark.parametrize(
    "wrong", [{"tolerance": 0.1}, {"calibration_samples": "9"}, {"thresholds": 0.9}]
)
def test_what_says_how_to_compare_is_checked_when_it_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(wrong))):
        lir.Verification(**wrong)


def test_float_files_meet_strict_thresholds(tmp_path: Path) -> None:
    strict = lir.Thresholds(max_abs_error=1e-5, mean_abs_error=1e-6, cosine=0.999999, top1=1.0)
    result = lir.export(
        model("single"), tmp_path / "m.tflite", verify=lir.Verification(thresholds=strict)
    )
    assert result.parity is not None
    assert result.parity.outputs[0].top1_agreement == 1.0
    assert np.isclose(result.parity.outputs[0].cosine or 0, 1.0)
