"""Every recipe on a convolutional, a dict-input and a transformer model, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import AllStrategiesFailedError, ConversionError, OptionsError, ParityError
from tests.conversion.recipes import (
    RECIPES,
    SUBJECTS,
    drawn,
    exported,
    relative_error,
    subject_model,
)


@attrs.frozen
class Expected:
    """What a recipe shall do to any of the models.

    Attributes:
        types: The element types of the constants with 1024 and more elements.
        share: The most bytes of the file, as a share of the float one; the models are small, so
            that tables and biases count.
        error: The largest root mean square error, as a share of that of the values. About twice
            what was measured: the samples are others than those calibrated on, and go beyond
            their range.
    """

    types: set[str]
    share: float
    error: float


EXPECTED = {
    "float16": Expected({"FLOAT16"}, 0.55, 0.001),
    "dynamic": Expected({"INT8"}, 0.36, 0.03),
    "weight-only-int8": Expected({"INT8"}, 0.36, 0.025),
    "weight-only-int4": Expected({"INT4"}, 0.25, 0.5),
    "int8": Expected({"INT8"}, 0.42, 0.12),
    "int16x8": Expected({"INT8"}, 0.43, 0.1),
    "int8-interface": Expected({"INT8"}, 0.42, 0.12),
    "uint8-interface": Expected({"INT8"}, 0.42, 0.12),
    "int16-interface": Expected({"INT8"}, 0.43, 0.1),
}
INTERFACES = {"int8-interface": "int8", "uint8-interface": "uint8", "int16-interface": "int16"}

all_subjects = pytest.mark.parametrize("subject", SUBJECTS)
all_recipes = pytest.mark.parametrize("recipe", EXPECTED)


@all_subjects
@all_recipes
def test_the_file_is_small_of_its_types_and_close(recipe: str, subject: str) -> None:
    export, wanted = exported(subject, RECIPES[recipe]), EXPECTED[recipe]
    whole = exported(subject, RECIPES["float"])
    assert set(whole.constants().values()) == {"FLOAT32"}
    assert set(export.constants().values()) == wanted.types
    assert export.result.size_bytes < wanted.share * whole.result.size_bytes
    assert 0 < relative_error(export) < wanted.error
    assert export.result.strategy == "quantized-stablehlo"


@all_subjects
@all_recipes
def test_names_stay_and_only_floats_change_their_type(recipe: str, subject: str) -> None:
    whole = exported(subject, RECIPES["float"]).interface
    wanted = INTERFACES.get(recipe, "float32")
    expected = [(name, wanted if dtype == "float32" else dtype) for name, dtype in whole]
    assert exported(subject, RECIPES[recipe]).interface == expected


_BOTH_WAYS = [
    (subject, recipe)
    for subject in SUBJECTS
    for recipe in ("float16", "dynamic", "int8", "int16x8", "int8-interface")
    if (subject, recipe) != ("transformer", "int16x8")
]


@pytest.mark.slow
@pytest.mark.parametrize(("subject", "recipe"), _BOTH_WAYS)
def test_both_ways_give_the_same(subject: str, recipe: str) -> None:
    """Within what the recipe itself costs: rounding to the nearest step goes either way."""
    one = exported(subject, RECIPES[recipe])
    other = exported(subject, RECIPES[recipe], "concrete-function")
    assert other.result.strategy == "concrete-function"
    samples = drawn(subject, seed=1)
    ours, theirs = one.outputs(samples), other.outputs(samples)
    for name, values in ours.items():
        difference = np.sqrt(np.mean((values - theirs[name]) ** 2) / np.mean(values**2))
        assert difference < EXPECTED[recipe].error
    assert relative_error(one) < 1.25 * relative_error(other) + 1e-4
    assert one.result.size_bytes < 1.02 * other.result.size_bytes


def test_tensorflows_converter_has_no_int16_for_integer_inputs() -> None:
    """The one recipe in its terms that only the other way carries out."""
    with pytest.raises(AllStrategiesFailedError, match="Empty min/max"):
        exported("transformer", RECIPES["int16x8"], "concrete-function")


def test_tables_of_words_are_stored_with_a_scale_per_row() -> None:
    dynamic = exported("transformer", RECIPES["dynamic"])
    assert dynamic.constants()["bert_backbone/token_embedding/embeddings"] == "INT8"
    assert "EMBEDDING_LOOKUP" in dynamic.operators()
    integer = exported("transformer", RECIPES["int8"])
    assert integer.constants()["bert_backbone/token_embedding/embeddings"] == "INT8"


def test_any_batch_and_any_length_of_the_float_file_stay_possible() -> None:
    samples = drawn("conv", seed=2, count=3)
    batch = {"image": np.concatenate([sample["image"] for sample in samples])}
    for recipe in ("dynamic", "int8"):
        export = exported("conv", RECIPES[recipe])
        (scores,) = export.outputs([batch]).values()
        assert scores.shape == (3, 10)


@pytest.mark.parametrize(
    ("subject", "pattern", "layer"),
    [
        ("conv", "stem", "stem"),
        ("conv", "stem_relu", "stem"),  # fused with the convolution before it
        ("dict", "hid*", "hidden"),
        (
            "transformer",
            "*_layer_1/*/query",
            "bert_backbone/transformer_layer_1/self_attention_layer/query",
        ),
    ],
)
def test_a_layer_that_a_rule_skips_stays_float(subject: str, pattern: str, layer: str) -> None:
    skipping = exported(subject, lir.Quantization.named("int8", {pattern: "skip"}))
    changed = {
        name
        for name, dtype in skipping.constants().items()
        if dtype != exported(subject, RECIPES["int8"]).constants()[name]
    }
    assert changed == {f"{layer}/kernel"}
    assert skipping.constants()[f"{layer}/kernel"] == "FLOAT32"


def test_layers_can_have_precisions_of_their_own() -> None:
    recipe = lir.Quantization.named("dynamic", {"conv": "float16", "hidden": "weight-only-int4"})
    found = exported("dict", recipe).constants(smallest=64)
    types = {name: dtype for name, dtype in found.items() if name.endswith("kernel")}
    assert types == {
        "conv/kernel": "FLOAT16",
        "hidden/kernel": "INT4",
        "scores/kernel": "FLOAT32",  # 320 elements: too few to gain from 8 bits
        "embedding/kernel": "INT8",
    }


def test_the_attempt_and_the_plan_say_who_quantized() -> None:
    result = exported("conv", RECIPES["dynamic"]).result
    (attempt,) = result.attempts
    assert str(attempt).startswith("quantized-stablehlo: accepted")
    assert "1. quantized-stablehlo\n" in str(result.plan)


def test_what_tensorflow_has_no_terms_for_is_quantized_afterwards() -> None:
    names = [strategy.name for strategy in lir.DEFAULT_STRATEGIES]
    plan = lir.plan_for(subject_model("conv"), quantization="weight-only-int4")
    assert [step.strategy for step in plan.route] == [f"quantized-{name}" for name in names]
    plan = lir.plan_for(subject_model("conv"), quantization="dynamic")
    assert [step.strategy for step in plan.route] == ["quantized-stablehlo", *names[1:]]
    assert not any(step.refusal for step in plan.route)


def test_a_strategy_that_is_to_be_quantized_takes_no_float_plan(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            subject_model("conv"),
            tmp_path / "m.tflite",
            strategies=(lir.Quantized(lir.StableHLO()),),
        )
    (attempt,) = caught.value.attempts
    assert (attempt.strategy, attempt.outcome) == ("quantized-stablehlo", lir.Outcome.REFUSED)
    assert "asks for a float file" in attempt.reason


def test_tensorflows_old_quantizer_is_that_of_its_converter(tmp_path: Path) -> None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            subject_model("conv"),
            tmp_path / "m.tflite",
            options={"optimizations": ["DEFAULT"], "experimental_new_quantizer": False},
            representative_dataset=drawn("conv", seed=0),
            strategies=(lir.StableHLO(),),
        )
    (attempt,) = caught.value.attempts
    assert attempt.strategy == "stablehlo"
    assert attempt.reason == (
        f"writes float32 weights, where the plan asks for {lir.Precision.INTEGER.value}; "
        "TensorFlow's old quantizer is asked for"
    )


@pytest.mark.parametrize("strategy", [None, "stablehlo", lir.StableHLO])
def test_only_a_strategy_can_be_quantized(strategy: Any) -> None:
    with pytest.raises(OptionsError, match="makes the float file") as caught:
        lir.Quantized(strategy)
    assert caught.value.where == "Quantized.strategy"


def test_integer_kernels_only_is_an_error_where_floats_would_stay(tmp_path: Path) -> None:
    """A float input that a rule keeps in float leaves operators behind, which the error names."""
    recipe = lir.Quantization(
        lir.Precision.INTEGER,
        layers=(lir.LayerRule("hidden", lir.Precision.FLOAT),),
        integer_only=True,
    )
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            subject_model("dict"),
            tmp_path / "m.tflite",
            quantization=recipe,
            representative_dataset=drawn("dict", seed=0),
            strategies=(lir.StableHLO(),),
        )
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, ConversionError)
    assert "have no integer kernel" in attempt.error.summary
    assert "FULLY_CONNECTED" in attempt.error.where
    assert "integer_only=False" in attempt.error.advice


def test_integer_kernels_only_holds_where_it_can() -> None:
    recipe = attrs.evolve(RECIPES["int8-interface"], integer_only=True)
    operators = exported("dict", recipe).operators()
    assert "DEQUANTIZE" not in operators


def test_where_the_float_file_agrees_no_other_converter_is_asked(tmp_path: Path) -> None:
    exact = lir.Tolerance(variation=0.0, scale=1e-4)
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            subject_model("conv"),
            tmp_path / "m.tflite",
            quantization="weight-only-int4",
            verify=lir.Verification(tolerance=exact),
        )
    first, *others = caught.value.attempts
    assert isinstance(first.error, ParityError)
    assert [attempt.outcome for attempt in others] == [lir.Outcome.NOT_TRIED] * 3
    assert "the quantization's error" in caught.value.advice
    assert not list(tmp_path.iterdir())


def test_a_recipe_that_needs_samples_says_so_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="needs a representative dataset"):
        lir.export(subject_model("conv"), tmp_path / "m.tflite", quantization="int8")
    with pytest.raises(OptionsError, match="no effect on this recipe"):
        lir.export(
            subject_model("conv"),
            tmp_path / "m.tflite",
            quantization="dynamic",
            representative_dataset=drawn("conv", seed=0),
        )
    with pytest.raises(OptionsError, match="given twice"):
        lir.export(
            subject_model("conv"),
            tmp_path / "m.tflite",
            quantization="dynamic",
            options={"quantization": "int8", "representative_dataset": drawn("conv", seed=0)},
        )
