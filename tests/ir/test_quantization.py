"""Recipes: what they accept, which layers their rules are for, and their other names."""

from __future__ import annotations

import attrs
import pytest

from litert_ir.errors import OptionsError
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.quantization import (
    PRECISION_NAMES,
    LayerRule,
    Precision,
    Quantization,
)
from litert_ir.ir.tensor import DType


def test_every_precision_has_a_name() -> None:
    assert set(PRECISION_NAMES.values()) == set(Precision)
    assert all(Quantization.named(n).precision is p for n, p in PRECISION_NAMES.items())


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("dense", "dense", True),
        ("dense", "encoder/dense", True),
        ("dense", "dense_1", False),
        ("encoder", "encoder/block/dense", True),
        ("encoder/*/query", "encoder/block_0/attention/query", True),
        ("encoder/*/query", "encoder/block_0/attention/key", False),
        ("block_?", "encoder/block_1/dense", True),
        ("block_?", "encoder/block_10/dense", False),
        ("*", "anything/at/all", True),
        ("Dense", "dense", False),
    ],
)
def test_which_layers_a_pattern_is_for(pattern: str, path: str, *, matches: bool) -> None:
    assert LayerRule(pattern, Precision.FLOAT).matches(path) is matches


def test_the_rules_for_layers_are_in_their_order() -> None:
    recipe = Quantization.named("int8", {"block": "skip", "block/head": "int16x8"})
    block, head = recipe.layers
    assert recipe.rules_for("block/dense") == (block,)
    assert recipe.rules_for("block/head") == (block, head)
    assert recipe.rules_for("other", "block/head") == (block, head)
    assert recipe.rules_for("other") == ()


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(OptionsError, match="Unknown precision") as caught:
        Quantization.named("int9")
    assert caught.value.where == "quantization"
    assert "int8" in caught.value.expected
    with pytest.raises(OptionsError, match="Unknown precision") as caught:
        Quantization.named("int8", {"dense": "none"})
    assert "dense" in caught.value.where
    assert "skip" in caught.value.expected


@pytest.mark.parametrize("side", ["input_type", "output_type"])
def test_weight_only_files_have_float_interfaces(side: str) -> None:
    with pytest.raises(OptionsError, match="other interface types") as caught:
        attrs.evolve(Quantization(Precision.WEIGHT_ONLY_INT8), **{side: DType.INT8})  # type: ignore[arg-type]
    assert caught.value.where == f"inference_{side}"


def test_only_integer_files_can_be_integer_only() -> None:
    with pytest.raises(OptionsError, match="integer kernels") as caught:
        Quantization(Precision.DYNAMIC_RANGE, integer_only=True)
    assert caught.value.where == "integer_only"


def test_a_string_is_no_tuple_of_rules() -> None:
    with pytest.raises(TypeError, match="a tuple of rules is needed"):
        Quantization(Precision.INTEGER, layers="dense")


def test_rules_alone_quantize_and_ask_for_samples() -> None:
    recipe = Quantization.named("float", {"head": "int8"})
    assert recipe.quantizes
    assert recipe.needs_calibration
    assert not Quantization().quantizes


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"optimizations": (Optimization.DEFAULT,)}, "optimizations"),
        ({"inference_input_type": DType.INT8}, "inference_input_type"),
        ({"inference_output_type": DType.INT8}, "inference_output_type"),
        (
            {"target_spec": TargetSpec(supported_types=(DType.FLOAT16,))},
            "target_spec.supported_types",
        ),
        (
            {"target_spec": TargetSpec(supported_ops=(OpSet.TFLITE_BUILTINS_INT8,))},
            "target_spec.supported_ops",
        ),
    ],
)
def test_a_recipe_and_flags_do_not_go_together(changes: dict[str, object], where: str) -> None:
    with pytest.raises(OptionsError, match="given twice") as caught:
        ConverterOptions(quantization=Quantization(Precision.DYNAMIC_RANGE), **changes)  # type: ignore[arg-type]
    assert caught.value.where == where


def test_samples_go_with_recipes_that_need_them() -> None:
    with pytest.raises(OptionsError, match="needs a representative dataset") as caught:
        ConverterOptions(quantization=Quantization(Precision.INTEGER))
    assert caught.value.where == "quantization"
    assert caught.value.received == Precision.INTEGER.value
    rules = Quantization.named("dynamic", {"a": "int16x8", "b": "float16"})
    with pytest.raises(OptionsError, match="needs a representative dataset") as caught:
        ConverterOptions(quantization=rules)
    assert caught.value.received == f"a: {Precision.INTEGER_16X8.value}"
    with pytest.raises(OptionsError, match="no effect on this recipe") as caught:
        ConverterOptions(quantization=Quantization(Precision.DYNAMIC_RANGE), calibrated=True)
    assert caught.value.where == "representative_dataset"
