"""Exports with a searched recipe: the file, the trace, and the plan that makes it again."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.errors import AllStrategiesFailedError, OptionsError, ParityError
from litert_ir.recipe_search.search_report import Purpose, Verdict
from tests.recipe_search.networks import (
    accuracy,
    digit_network,
    digit_samples,
    encoder,
    feature_samples,
    random_network,
    token_samples,
)

STRICT = lir.Verification(thresholds=lir.Thresholds(cosine=0.999, top1=0.98))

METADATA = 1024
"""More bytes than the metadata takes, which the chosen file alone gets."""

OTHERS = ((1, 0.998), (3, 0.99999), (4, 0.995), (5, 0.9995), (6, 0.99), (7, 0.999))
"""Seeds and thresholds of more random networks."""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> lir.ExportResult:
    """The digit network's smallest file that keeps `STRICT`."""
    return lir.export(
        digit_network(),
        tmp_path_factory.mktemp("searched") / "digits.tflite",
        quantization=lir.Quantization.auto(tries=40),
        representative_dataset=digit_samples(),
        verify=STRICT,
    )


def report_of(result: lir.ExportResult) -> lir.SearchReport:
    assert result.search is not None
    return result.search


def named(result: lir.ExportResult, label: str) -> lir.RecipeTry:
    return next(each for each in report_of(result).tries if each.label == label)


def test_the_network_has_learned() -> None:
    assert accuracy(digit_network()) > 0.9


def test_a_mix_meets_what_8_bits_miss(searched: lir.ExportResult) -> None:
    for label in ("int8", "dynamic", "weight-only-int8", "int16x8", "weight-only-int4"):
        assert named(searched, label).verdict is Verdict.MISSES
    chosen = report_of(searched).chosen
    assert chosen.purpose is Purpose.MIXED
    for label in ("float16", "int8", "int16x8"):
        assert searched.size_bytes < (named(searched, label).size_bytes or 0)


def test_the_file_is_held_to_the_thresholds_as_any_other(searched: lir.ExportResult) -> None:
    assert searched.parity is not None
    (scores,) = searched.parity.outputs
    assert scores.cosine is not None
    assert scores.cosine >= 0.999
    assert scores.top1_agreement is not None
    assert scores.top1_agreement >= 0.98
    assert searched.path is not None
    assert searched.path.stat().st_size == searched.size_bytes
    added = searched.size_bytes - (report_of(searched).chosen.size_bytes or 0)
    assert 0 <= added < METADATA


def test_the_plan_makes_the_same_file_without_a_search(
    searched: lir.ExportResult, tmp_path: Path
) -> None:
    plan = lir.ExportPlan.from_json(searched.plan.to_json())
    assert plan.recipe == report_of(searched).chosen.recipe
    again = lir.execute(plan, digit_network(), tmp_path / "again.tflite", verify=False)
    assert again.search is None
    assert searched.path is not None
    assert (tmp_path / "again.tflite").read_bytes() == searched.path.read_bytes()


def test_the_sensitive_layer_is_found(searched: lir.ExportResult) -> None:
    worst = report_of(searched).sensitivities[0]
    assert worst.layers == ("third",)
    rules = {rule.pattern: rule.precision for rule in searched.plan.recipe.layers}
    assert "/third" not in rules  # it keeps float16
    assert "/hidden" in rules


def test_the_trace_is_complete(searched: lir.ExportResult) -> None:
    report = report_of(searched)
    assert len(report.tries) <= 40
    assert report.chosen in report.tries
    assert len({each.recipe for each in report.tries}) == len(report.tries)
    sizes = [each.size_bytes for each in report.tries if each.meets and each.size_bytes]
    assert report.chosen.size_bytes == min(sizes)
    data = json.loads(report.to_json())
    assert data["chosen"]["size_bytes"] == min(sizes)
    assert len(data["tries"]) == len(report.tries)
    text = str(report)
    assert "Sensitivity of layers" in text
    assert "third" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_fastest_file_of_an_encoder_is_no_int8(tmp_path: Path) -> None:
    """int8 keeps the softmax and normalizations apart, and computes between conversions."""
    result = lir.export(
        encoder(),
        tmp_path / "encoder.tflite",
        quantization=lir.Quantization.auto(
            objective="latency", candidates=("float", "dynamic", "int8")
        ),
        representative_dataset=token_samples(),
        verify=lir.Verification(thresholds=lir.Thresholds(cosine=0.99)),
    )
    report = report_of(result)
    assert report.chosen.label == "dynamic"
    assert named(result, "int8").meets
    assert all(each.latency is not None for each in report.tries)


@pytest.mark.parametrize(
    ("seed", "cosine"),
    [
        (0, 0.99),
        (2, 0.9999),
        *(pytest.param(seed, cosine, marks=pytest.mark.slow) for seed, cosine in OTHERS),
    ],
)
def test_no_named_recipe_that_meets_is_smaller(tmp_path: Path, seed: int, cosine: float) -> None:
    thresholds = lir.Thresholds(cosine=cosine)
    verify = lir.Verification(thresholds=thresholds)
    model, samples = random_network(seed), feature_samples()
    result = lir.export(
        model,
        tmp_path / "auto.tflite",
        quantization=lir.Quantization.auto(tries=32),
        representative_dataset=samples,
        verify=verify,
    )
    for name, precision in lir.PRECISION_NAMES.items():
        needed = lir.Quantization(precision).needs_calibration
        try:
            other = lir.export(
                model,
                tmp_path / f"{name}.tflite",
                quantization=name,
                representative_dataset=samples if needed else None,
                verify=lir.Verification(thresholds=thresholds, samples=samples),
            )
        except AllStrategiesFailedError:
            continue
        assert result.size_bytes <= other.size_bytes, name


def test_without_calibration_no_integer_activations_are_tried(tmp_path: Path) -> None:
    result = lir.export(
        random_network(0),
        tmp_path / "m.tflite",
        quantization="auto",
        verify=lir.Verification(samples=feature_samples(), thresholds=lir.Thresholds(cosine=0.999)),
    )
    report = report_of(result)
    assert not any(each.recipe.needs_calibration for each in report.tries)
    assert any("Without calibration samples" in note for note in report.notes)


def test_without_thresholds_all_files_are_held_to_the_tolerance_of_8_bits(tmp_path: Path) -> None:
    result = lir.export(
        random_network(1),
        tmp_path / "m.tflite",
        quantization="auto",
        representative_dataset=feature_samples(),
    )
    report = report_of(result)
    assert report.tolerance is not None
    assert report.tolerance.rms == pytest.approx(0.2)
    assert "of the spread" in report.requirement


def test_rules_of_the_user_stay(tmp_path: Path) -> None:
    rule = lir.LayerRule("result", lir.Precision.FLOAT)
    result = lir.export(
        random_network(2),
        tmp_path / "m.tflite",
        quantization=lir.Quantization.auto(layers=(rule,)),
        representative_dataset=feature_samples(),
        verify=lir.Verification(thresholds=lir.Thresholds(cosine=0.999)),
    )
    assert result.plan.recipe.layers[-1] == rule
    quantized = [each for each in report_of(result).tries if each.recipe.quantizes]
    assert all(each.recipe.layers[-1] == rule for each in quantized)


def test_a_threshold_that_only_the_float_file_keeps_gives_the_float_file(tmp_path: Path) -> None:
    result = lir.export(
        random_network(3),
        tmp_path / "m.tflite",
        quantization=lir.Quantization.auto(tries=7),
        representative_dataset=feature_samples(),
        verify=lir.Verification(thresholds=lir.Thresholds(max_abs_error=1e-2)),
    )
    assert not result.plan.recipe.quantizes
    assert result.strategy == "stablehlo"
    assert report_of(result).chosen.label == "float"


def test_a_threshold_that_no_file_can_keep_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ParityError, match="float file misses a threshold") as caught:
        lir.export(
            random_network(3),
            tmp_path / "m.tflite",
            quantization="auto",
            representative_dataset=feature_samples(),
            verify=lir.Verification(thresholds=lir.Thresholds(max_abs_error=0)),
        )
    assert "at most 0 required" in caught.value.received
    assert not list(tmp_path.iterdir())


def test_the_budget_ends_the_search(tmp_path: Path) -> None:
    result = lir.export(
        random_network(0),
        tmp_path / "m.tflite",
        quantization=lir.Quantization.auto(tries=9),
        representative_dataset=feature_samples(),
        verify=lir.Verification(thresholds=lir.Thresholds(cosine=0.9999)),
    )
    assert len(report_of(result).tries) <= 9


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    told: list[str] = []

    def interrupt(text: str) -> None:
        told.append(text)
        if text.startswith("trying recipes: 4"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lir.export(
            random_network(0),
            tmp_path / "m.tflite",
            quantization="auto",
            representative_dataset=feature_samples(),
            on_progress=interrupt,
        )
    assert "trying recipes: 1 of 48 files" in told
    assert list(tmp_path.iterdir()) == [scratch]
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("keywords", "where"),
    [
        ({}, "representative_dataset"),
        ({"verify": False}, "verify"),
        ({"options": {"optimizations": ["DEFAULT"]}}, "quantization"),
        ({"options": {"quantization": "int8"}}, "quantization"),
    ],
)
def test_requests_that_cannot_be_met_are_refused_before_any_work(
    tmp_path: Path, keywords: dict[str, Any], where: str
) -> None:
    samples: dict[str, Any] = {"representative_dataset": feature_samples()} if keywords else {}
    with pytest.raises(OptionsError) as caught:
        lir.export(object(), tmp_path / "m.tflite", quantization="auto", **samples, **keywords)
    assert caught.value.where == where


def test_integers_alone_need_calibration(tmp_path: Path) -> None:
    wanted = lir.Quantization.auto(candidates=("int8", "int16x8"))
    verify = lir.Verification(samples=feature_samples())
    with pytest.raises(OptionsError, match="needs samples"):
        lir.export(object(), tmp_path / "m.tflite", quantization=wanted, verify=verify)


def test_a_plan_takes_no_search() -> None:
    with pytest.raises(OptionsError, match="A plan has a recipe"):
        lir.plan_for(object(), quantization="auto")
