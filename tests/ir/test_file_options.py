"""The canonical options of plans: what means the same is equal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from litert_ir.conversion.options_request import as_options
from litert_ir.errors import OptionsError
from litert_ir.ir.file_options import FileOptions, Kernels
from litert_ir.ir.options import ConverterOptions, OpSet, TargetSpec
from litert_ir.ir.parse_options import parse_options
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.testing.strategies import converter_options, file_options

INT8, INT16X8 = "TFLITE_BUILTINS_INT8", OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8.value
SELECT, BUILTINS = "SELECT_TF_OPS", "TFLITE_BUILTINS"


def calibrated(**kwargs: Any) -> dict[str, Any]:
    """Options in TensorFlow's terms with a dataset beside them."""
    return {"optimizations": "DEFAULT", "representative_dataset": [], **kwargs}


def ops(*names: str) -> dict[str, Any]:
    """A target of these op sets."""
    return {"target_spec": {"supported_ops": names}}


def integer(precision: Precision = Precision.INTEGER, **changes: Any) -> Quantization:
    """A recipe of integer precision."""
    return Quantization(precision, **changes)


@pytest.mark.parametrize(
    ("kwargs", "meant"),
    [
        ({}, FileOptions()),
        ({"quantization": "float"}, FileOptions()),
        ({"experimental_new_quantizer": False}, FileOptions()),
        (
            {"optimizations": "DEFAULT", "target_spec": {"supported_types": ["float32"]}},
            FileOptions(),
        ),
        ({"optimizations": "EXPERIMENTAL_SPARSITY"}, FileOptions(sparse=True)),
        (ops(SELECT), FileOptions(kernels=Kernels.TF_SELECT)),
        (ops(SELECT, BUILTINS), FileOptions(kernels=Kernels.BUILTINS_AND_TF_SELECT)),
        (
            calibrated(target_spec={"supported_types": ["float16"]}),
            FileOptions(recipe=Quantization(Precision.FLOAT16_WEIGHTS)),
        ),
        (
            calibrated(experimental_new_quantizer=False),
            FileOptions(recipe=integer(), old_quantizer=True),
        ),
        (calibrated(**ops(BUILTINS, INT8)), FileOptions(recipe=integer())),
        (calibrated(**ops(INT8)), FileOptions(recipe=integer(integer_only=True))),
        (
            calibrated(target_spec={"supported_types": ["int8"], "supported_ops": [SELECT]}),
            FileOptions(recipe=integer(integer_only=True)),
        ),
        (
            calibrated(**ops(INT8, SELECT)),
            FileOptions(recipe=integer(), kernels=Kernels.BUILTINS_AND_TF_SELECT),
        ),
        (
            calibrated(**ops(INT16X8, INT8)),
            FileOptions(recipe=integer(Precision.INTEGER_16X8, integer_only=True)),
        ),
        (
            calibrated(**ops(BUILTINS, INT16X8)),
            FileOptions(recipe=integer(Precision.INTEGER_16X8)),
        ),
    ],
    ids=str,
)
def test_terms_of_tensorflow_have_one_meaning(kwargs: dict[str, Any], meant: FileOptions) -> None:
    assert parse_options(kwargs).parsed() == meant
    assert as_options(meant) == meant


@pytest.mark.parametrize("flag", ["DEFAULT", "OPTIMIZE_FOR_SIZE", "OPTIMIZE_FOR_LATENCY"])
def test_every_quantizing_flag_means_the_recipe_of_dynamic_ranges(flag: str) -> None:
    assert as_options({"optimizations": [flag]}) == as_options(None, "dynamic")
    several = {"optimizations": [flag, "OPTIMIZE_FOR_SIZE", "DEFAULT"]}
    assert as_options(several) == as_options({"quantization": Precision.DYNAMIC_RANGE})


def test_a_recipe_is_added_to_the_options_of_a_plan_that_have_none() -> None:
    sparse = FileOptions(sparse=True)
    dynamic = as_options(sparse, "dynamic")
    assert dynamic == FileOptions(sparse=True, recipe=Quantization(Precision.DYNAMIC_RANGE))
    with pytest.raises(OptionsError, match="given twice"):
        as_options(dynamic, "int8")


@given(converter_options())
def test_parsing_keeps_what_a_file_depends_on(given_: ConverterOptions) -> None:
    meant = given_.parsed()
    assert (meant.recipe, meant.quantizes) == (given_.recipe, given_.quantizes)
    assert meant.precision is given_.precision
    assert meant.compile_targets == given_.compile_targets
    allows_select = OpSet.SELECT_TF_OPS in given_.target_spec.supported_ops
    assert (meant.kernels is not Kernels.BUILTINS) <= allows_select


@given(file_options())
def test_the_float_file_comes_first_without_any_quantization(options: FileOptions) -> None:
    as_float = options.of_float_file()
    assert as_float.recipe == Quantization()
    assert not as_float.quantizes
    assert (as_float.kernels, as_float.sparse) == (options.kernels, options.sparse)
    assert as_float.aot_compile_targets == options.aot_compile_targets


def test_a_quantizer_without_anything_to_calibrate_is_refused() -> None:
    with pytest.raises(OptionsError, match="nothing to calibrate") as caught:
        FileOptions(old_quantizer=True, recipe=Quantization(Precision.DYNAMIC_RANGE))
    assert caught.value.where == "old_quantizer"


def test_the_default_target_is_that_of_builtin_kernels() -> None:
    assert ConverterOptions(target_spec=TargetSpec()).parsed().kernels is Kernels.BUILTINS


@pytest.mark.parametrize("kernels", list(Kernels))
def test_kernels_that_mean_the_same_are_one(kernels: Kernels) -> None:
    alone = Quantization(Precision.INTEGER, integer_only=True)
    assert FileOptions(recipe=alone, kernels=kernels).kernels is Kernels.BUILTINS
    assert FileOptions(recipe=Quantization(Precision.INTEGER), kernels=kernels).kernels is kernels
    wide = FileOptions(recipe=Quantization(Precision.INTEGER_16X8), kernels=kernels)
    brought = Kernels.BUILTINS_AND_TF_SELECT if kernels is Kernels.TF_SELECT else kernels
    assert wide.kernels is brought


@pytest.mark.parametrize(
    "recipe", [Quantization(), Quantization(Precision.INTEGER, integer_only=True)]
)
def test_kernels_are_of_their_enum_whatever_the_recipe(recipe: Quantization) -> None:
    kernels: Any = "TFLITE_BUILTINS"
    with pytest.raises(TypeError, match="kernels"):
        FileOptions(recipe=recipe, kernels=kernels)
