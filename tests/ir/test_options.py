from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given

from litert_ir.errors import OptionsError
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.quantization import Precision
from litert_ir.ir.tensor import DType
from litert_ir.testing.strategies import converter_options

DEFAULT = (Optimization.DEFAULT,)
SPARSITY = (Optimization.EXPERIMENTAL_SPARSITY,)
BUILTINS = OpSet.TFLITE_BUILTINS
INT8 = OpSet.TFLITE_BUILTINS_INT8
INT16X8 = OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8


def options(
    flags: tuple[Optimization, ...] = (),
    *,
    ops: tuple[OpSet, ...] = (BUILTINS,),
    types: tuple[DType, ...] = (),
    **changes: Any,
) -> ConverterOptions:
    """Options with these flags, op sets and types, and the defaults for all else."""
    target = TargetSpec(supported_ops=ops, supported_types=types)
    return ConverterOptions(optimizations=flags, target_spec=target, **changes)


def test_the_defaults_are_a_float_file_of_builtin_ops() -> None:
    assert ConverterOptions() == options()
    assert ConverterOptions().precision is Precision.FLOAT
    assert ConverterOptions().target_spec.supported_ops == (OpSet.TFLITE_BUILTINS,)


@pytest.mark.parametrize(
    ("chosen", "precision"),
    [
        (options(), Precision.FLOAT),
        (options(SPARSITY), Precision.FLOAT),
        (options(DEFAULT), Precision.DYNAMIC_RANGE),
        (options((Optimization.OPTIMIZE_FOR_SIZE,)), Precision.DYNAMIC_RANGE),
        (options((Optimization.OPTIMIZE_FOR_LATENCY,)), Precision.DYNAMIC_RANGE),
        (options((*SPARSITY, *DEFAULT)), Precision.DYNAMIC_RANGE),
        (options(DEFAULT, types=(DType.FLOAT16,)), Precision.FLOAT16_WEIGHTS),
        (options(DEFAULT, calibrated=True), Precision.INTEGER),
        (options(DEFAULT, calibrated=True, ops=(INT8,)), Precision.INTEGER),
        (options(DEFAULT, calibrated=True, types=(DType.INT8,)), Precision.INTEGER),
        (options(DEFAULT, calibrated=True, ops=(INT16X8,)), Precision.INTEGER_16X8),
        (options(DEFAULT, calibrated=True, ops=(BUILTINS, INT16X8)), Precision.INTEGER_16X8),
    ],
    ids=str,
)
def test_precision_follows_from_flags_data_and_target(
    chosen: ConverterOptions, precision: Precision
) -> None:
    assert chosen.precision is precision


@pytest.mark.parametrize(
    ("types", "calibrated", "precision"),
    [
        ((DType.FLOAT16,), True, Precision.FLOAT16_WEIGHTS),
        ((DType.FLOAT32,), False, Precision.FLOAT),
        ((DType.FLOAT16, DType.INT8), False, Precision.DYNAMIC_RANGE),
    ],
)
def test_precision_follows_the_smallest_supported_type(
    types: tuple[DType, ...], calibrated: bool, precision: Precision
) -> None:
    """As `QuantizationMode` does in tensorflow/lite/python/lite.py of TensorFlow 2.21."""
    assert options(DEFAULT, types=types, calibrated=calibrated).precision is precision


@pytest.mark.parametrize(
    ("make", "message", "where", "received"),
    [
        (
            lambda: options(calibrated=True),
            "representative dataset has no effect",
            "representative_dataset",
            "optimizations=[]",
        ),
        (
            lambda: options(SPARSITY, calibrated=True),
            "representative dataset has no effect",
            "representative_dataset",
            "optimizations=['EXPERIMENTAL_SPARSITY']",
        ),
        (
            lambda: options(DEFAULT, ops=(BUILTINS, INT8)),
            "Integer arithmetic needs a representative dataset",
            "target_spec.supported_ops",
            "TFLITE_BUILTINS_INT8",
        ),
        (
            lambda: options(DEFAULT, ops=(INT16X8,)),
            "Integer arithmetic needs a representative dataset",
            "target_spec.supported_ops",
            INT16X8.value,
        ),
        (
            lambda: options(types=(DType.FLOAT16,)),
            "supported_types has no effect",
            "target_spec.supported_types",
            "float16",
        ),
        (
            lambda: options(DEFAULT, inference_input_type=DType.INT8),
            "precision 'dynamic range .* has other interface types",
            "inference_input_type",
            "int8",
        ),
        (
            lambda: options(inference_output_type=DType.UINT8),
            "precision 'float' has other interface types",
            "inference_output_type",
            "uint8",
        ),
        (
            lambda: options(
                DEFAULT, calibrated=True, ops=(INT16X8,), inference_output_type=DType.INT8
            ),
            "int16 activations.* has other interface types",
            "inference_output_type",
            "int8",
        ),
    ],
)
def test_a_contradiction_is_refused(
    make: Callable[[], ConverterOptions], message: str, where: str, received: str
) -> None:
    with pytest.raises(OptionsError, match=message) as caught:
        make()
    assert (caught.value.where, caught.value.received) == (where, received)
    assert caught.value.expected


def test_a_refused_interface_type_names_the_accepted_ones() -> None:
    with pytest.raises(OptionsError, match="interface types") as caught:
        options(DEFAULT, calibrated=True, ops=(INT16X8,), inference_input_type=DType.INT8)
    assert caught.value.expected == "float32 or int16"


@pytest.mark.parametrize("dtype", [DType.FLOAT32, DType.INT8, DType.UINT8])
def test_integer_files_take_integers_or_floats(dtype: DType) -> None:
    chosen = options(DEFAULT, calibrated=True, inference_input_type=dtype)
    assert chosen.inference_input_type is dtype


def test_each_flag_counts_once_in_the_order_of_its_first_mention() -> None:
    assert options((*SPARSITY, *DEFAULT, *SPARSITY)) == options((*SPARSITY, *DEFAULT))
    assert options(ops=(BUILTINS, BUILTINS)) == options()


def test_a_target_has_some_ops() -> None:
    with pytest.raises(ValueError, match="supported_ops"):
        TargetSpec(supported_ops=())


@given(converter_options())
def test_options_are_hashable_and_evolve_to_an_equal_copy(chosen: ConverterOptions) -> None:
    assert {chosen, attrs.evolve(chosen)} == {chosen}
    switched = attrs.evolve(
        chosen, experimental_new_quantizer=not chosen.experimental_new_quantizer
    )
    assert switched != chosen
    assert switched.precision is chosen.precision


@given(converter_options())
def test_only_integer_files_have_integer_inputs(chosen: ConverterOptions) -> None:
    recipe = chosen.recipe
    assert {recipe.input_type, recipe.output_type} == {DType.FLOAT32} or recipe.precision.is_integer
    assert chosen.calibrated == recipe.needs_calibration


def test_a_string_is_no_tuple_of_targets() -> None:
    targets: Any = "arm64"
    with pytest.raises(TypeError, match="a tuple is needed, received the string 'arm64'"):
        ConverterOptions(aot_compile_targets=targets)


@pytest.mark.parametrize(
    "ops", [OpSet.TFLITE_BUILTINS_INT8, OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8]
)
def test_float_types_contradict_integer_kernels(ops: OpSet) -> None:
    with pytest.raises(OptionsError, match="supported types contradict") as caught:
        options(DEFAULT, ops=(ops,), types=(DType.FLOAT16,), calibrated=True)
    assert caught.value.where == "target_spec.supported_types"
    assert caught.value.received == "float16"
