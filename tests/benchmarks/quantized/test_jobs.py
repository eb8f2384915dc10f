"""Recipes, jobs and the command line; one run that is real."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attrs
import pytest

import litert_ir as lir
from benchmarks.__main__ import app, benchmark
from benchmarks.contenders import Contender
from benchmarks.outcomes import AnyJob, Failure, FitJob, Limits
from benchmarks.quantized.exporters import keras_options, quantizing_exporter
from benchmarks.quantized.readme import BEGIN, END
from benchmarks.quantized.recipes import Recipe
from benchmarks.quantized.runner import run_jobs, schedule
from benchmarks.quantized.samples import TEST_SAMPLES
from benchmarks.workloads import Workload

LIMITS = Limits(process_seconds=300, export_seconds=200, resident=1e10)
BOTH = (Contender.KERAS, Contender.STABLEHLO)


def test_the_recipes_are_those_of_litert_ir() -> None:
    assert [recipe.value for recipe in Recipe] == list(lir.PRECISION_NAMES)
    for recipe in Recipe:
        quantization = lir.Quantization.named(recipe.value)
        assert recipe.precision is quantization.precision
        assert recipe.needs_samples == quantization.needs_calibration


def test_contenders_take_turns_by_recipe_and_keras_leaves_out_what_it_cannot_be_told() -> None:
    recipes = (Recipe.DYNAMIC, Recipe.WEIGHT_ONLY_INT4)
    jobs = schedule((Workload.MOBILENET_V2, Workload.HUB_BERT), recipes, BOTH, 2)
    titles = [job.title for job in jobs]
    assert titles[:6] == [
        "mobilenet_v2 / dynamic / keras, run 1",
        "mobilenet_v2 / dynamic / stablehlo, run 1",
        "mobilenet_v2 / weight-only-int4 / stablehlo, run 1",
        "mobilenet_v2 / dynamic / keras, run 2",
        "mobilenet_v2 / dynamic / stablehlo, run 2",
        "mobilenet_v2 / weight-only-int4 / stablehlo, run 2",
    ]
    assert len(titles) == 12


def test_keras_is_told_in_tensorflows_terms() -> None:
    import tensorflow as tf

    default = [tf.lite.Optimize.DEFAULT]
    assert keras_options(Recipe.FLOAT, []) == {}
    assert keras_options(Recipe.DYNAMIC, []) == {"optimizations": default}
    assert keras_options(Recipe.FLOAT16, []) == {
        "optimizations": default,
        "target_spec": {"supported_types": [tf.float16]},
    }
    assert keras_options(Recipe.INT8, []).keys() == {"optimizations", "representative_dataset"}
    sixteen = keras_options(Recipe.INT16X8, [])["target_spec"]["supported_ops"]
    assert [each.name for each in sixteen] == [
        "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",
        "TFLITE_BUILTINS",
    ]
    with pytest.raises(ValueError, match="no terms for the recipe weight-only-int8"):
        quantizing_exporter(Contender.KERAS, Recipe.WEIGHT_ONLY_INT8, [])


@pytest.mark.slow
def test_both_export_by_a_recipe_and_each_file_is_compared(tmp_path: Path) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.json"
    readme.write_text(f"{BEGIN}{END}\n", encoding="utf-8")
    command, bound, _ = app.parse_args(
        "--quantization --workload tiny_dense --recipe dynamic --runs 1 "
        f"--readme {readme} --json {results}"
    )
    assert command is benchmark
    assert benchmark(**bound.arguments) == 0
    text = readme.read_text(encoding="utf-8")
    assert "| tiny_dense | dynamic | 0.0 / 0.0 |" in text
    assert "100 % / 100 %" in text
    document = json.loads(results.read_text(encoding="utf-8"))
    runs = document["runs"]
    assert [run["job"]["contender"] for run in runs] == ["keras", "stablehlo"]
    for run in runs:
        assert run["job"]["recipe"] == "dynamic"
        assert [each["stage"] for each in run["measurement"]["runs"]] == ["cold"]
        assert run["measurement"]["file"]["size"] > 0
        assert run["accuracy"]["samples"] == TEST_SAMPLES
        assert run["accuracy"]["relative_rms"] < 0.02  # int8 weights
        assert run["accuracy"]["failure"] == ""
    (row,) = document["summary"]
    assert row["ours"]["seconds"] > 0
    assert row["keras"]["runs"] == 1


def test_a_workload_without_weights_is_left_out() -> None:
    announced: list[AnyJob] = []
    jobs = schedule((Workload.TINY_DENSE,), (Recipe.FLOAT,), BOTH, 1)
    limits = attrs.evolve(LIMITS, process_seconds=0.01)
    (outcome,) = run_jobs(jobs, limits=limits, announce=announced.append)
    assert isinstance(outcome, Failure)
    assert outcome.reason == "stopped after 0.01 s"
    assert announced == [FitJob(Workload.TINY_DENSE)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--quantization --workload resnet50", "recipes are compared on mobilenet_v2, .*resnet50"),
        ("--quantization --contender stablehlo --contender direct", "one beside keras, received"),
        ("--recipe int8", "go with --quantization"),
        ("--markdown", "go with --quantization"),
    ],
)
def test_contradictions_are_refused_before_any_run(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, bound, _ = app.parse_args(arguments)
    assert benchmark(**bound.arguments) == 2
    assert re.search(message, capsys.readouterr().err)
