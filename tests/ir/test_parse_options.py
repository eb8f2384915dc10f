from __future__ import annotations

import enum
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given

from litert_ir.errors import OptionsError
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.parse_options import SUPPORTED_TYPES, parse_options
from litert_ir.ir.tensor import DType
from litert_ir.testing.strategies import converter_options


class Optimize(enum.Enum):
    """Stands in for `tf.lite.Optimize`, which has the same values."""

    DEFAULT = "DEFAULT"
    OPTIMIZE_FOR_SIZE = "OPTIMIZE_FOR_SIZE"
    EXPERIMENTAL_SPARSITY = "EXPERIMENTAL_SPARSITY"


class OpsSet(enum.Enum):
    """Stands in for `tf.lite.OpsSet`, which has the same values."""

    TFLITE_BUILTINS = "TFLITE_BUILTINS"
    SELECT_TF_OPS = "SELECT_TF_OPS"
    INT16X8 = "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
    STABLEHLO = "EXPERIMENTAL_STABLEHLO_OPS"


class LikeTargetSpec:
    """Stands in for `tf.lite.TargetSpec`, with its attributes and their defaults."""

    def __init__(self, ops: object = None, types: object = None) -> None:
        self.supported_ops = {OpsSet.TFLITE_BUILTINS} if ops is None else ops
        self.supported_types = set() if types is None else types
        self.experimental_select_user_tf_ops = set[str]()
        self._experimental_custom_op_registerers = ["registerer"]


TF_FLOAT16 = SimpleNamespace(name="float16")  # a tf.DType, as far as it is read
DEFAULT = Optimization.DEFAULT
SPARSITY = Optimization.EXPERIMENTAL_SPARSITY


def test_nothing_gives_the_defaults() -> None:
    assert parse_options({}) == ConverterOptions()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("DEFAULT", (DEFAULT,)),
        ("default", (DEFAULT,)),
        ("Optimize.DEFAULT", (DEFAULT,)),
        ("tf.lite.Optimize.DEFAULT", (DEFAULT,)),
        (["DEFAULT"], (DEFAULT,)),
        (("DEFAULT", "EXPERIMENTAL_SPARSITY"), (DEFAULT, SPARSITY)),
        (["EXPERIMENTAL_SPARSITY", "DEFAULT", "DEFAULT"], (SPARSITY, DEFAULT)),
        ({"EXPERIMENTAL_SPARSITY", "DEFAULT"}, (DEFAULT, SPARSITY)),
        (frozenset({Optimize.EXPERIMENTAL_SPARSITY, Optimize.DEFAULT}), (DEFAULT, SPARSITY)),
        (Optimize.OPTIMIZE_FOR_SIZE, (Optimization.OPTIMIZE_FOR_SIZE,)),
        ([Optimize.DEFAULT], (DEFAULT,)),
        (DEFAULT, (DEFAULT,)),
        ((flag for flag in [DEFAULT]), (DEFAULT,)),
        ([], ()),
        (None, ()),
    ],
)
def test_optimizations(value: object, expected: tuple[Optimization, ...]) -> None:
    assert parse_options({"optimizations": value}).optimizations == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("SELECT_TF_OPS", (OpSet.SELECT_TF_OPS,)),
        (OpsSet.SELECT_TF_OPS, (OpSet.SELECT_TF_OPS,)),
        (["TFLITE_BUILTINS", OpSet.SELECT_TF_OPS], (OpSet.TFLITE_BUILTINS, OpSet.SELECT_TF_OPS)),
        (
            {OpsSet.TFLITE_BUILTINS, OpsSet.SELECT_TF_OPS},
            (OpSet.SELECT_TF_OPS, OpSet.TFLITE_BUILTINS),
        ),
        ([], (OpSet.TFLITE_BUILTINS,)),
        (None, (OpSet.TFLITE_BUILTINS,)),
    ],
)
def test_supported_ops(value: object, expected: tuple[OpSet, ...]) -> None:
    for spec in ({"supported_ops": value}, LikeTargetSpec(ops=value)):
        assert parse_options({"target_spec": spec}).target_spec.supported_ops == expected


@pytest.mark.parametrize(
    "name",
    [
        OpsSet.INT16X8,
        "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",
        "TFLITE_BUILTINS_INT16_WEIGHTS_INT8",
    ],
)
def test_the_op_set_of_16_bit_activations_by_its_long_and_short_name(name: object) -> None:
    parsed = parse_options(
        {
            "optimizations": "DEFAULT",
            "representative_dataset": [],
            "target_spec": {"supported_ops": [name]},
        }
    )
    assert parsed.target_spec.supported_ops == (OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8,)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["float16"], (DType.FLOAT16,)),
        ("float16", (DType.FLOAT16,)),
        ([TF_FLOAT16], (DType.FLOAT16,)),
        ([np.float16], (DType.FLOAT16,)),
        ([np.dtype("float16")], (DType.FLOAT16,)),
        (DType.FLOAT16, (DType.FLOAT16,)),
        (["float32", "float16"], (DType.FLOAT32, DType.FLOAT16)),
        ([], ()),
        (None, ()),
    ],
)
def test_supported_types(value: object, expected: tuple[DType, ...]) -> None:
    for spec in ({"supported_types": value}, LikeTargetSpec(types=value)):
        parsed = parse_options({"optimizations": "DEFAULT", "target_spec": spec})
        assert parsed.target_spec == TargetSpec(supported_types=expected)


def test_a_target_spec_with_class_attributes_is_read() -> None:
    class SelectOps:
        supported_ops = ("SELECT_TF_OPS",)
        supported_types = ()

    parsed = parse_options({"target_spec": SelectOps()})
    assert parsed.target_spec.supported_ops == (OpSet.SELECT_TF_OPS,)


def test_a_target_spec_of_our_own_is_taken_as_it_is() -> None:
    target = TargetSpec(supported_ops=(OpSet.SELECT_TF_OPS,))
    assert parse_options({"target_spec": target}).target_spec is target


@pytest.mark.parametrize("value", ["int8", np.int8, np.dtype("int8"), DType.INT8])
@pytest.mark.parametrize("key", ["inference_input_type", "inference_output_type"])
def test_inference_types(key: str, value: object) -> None:
    calibrated = {"optimizations": "DEFAULT", "representative_dataset": lambda: iter([])}
    assert getattr(parse_options({**calibrated, key: value}), key) is DType.INT8


@pytest.mark.parametrize(
    ("value", "calibrated"), [(None, False), (lambda: iter([]), True), ([], True), (iter([]), True)]
)
def test_of_a_representative_dataset_its_presence_is_kept(value: object, calibrated: bool) -> None:
    parsed = parse_options({"optimizations": "DEFAULT", "representative_dataset": value})
    assert parsed.calibrated is calibrated


@pytest.mark.parametrize("value", [True, False])
def test_the_quantizer_switch(value: bool) -> None:
    parsed = parse_options({"experimental_new_quantizer": value})
    assert parsed.experimental_new_quantizer is value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("arm64", ("arm64",)),
        (["intel:lnl", "ARM64", "intel:LNL"], ("intel:LNL", "arm64")),
        ({"x86_64", "arm"}, ("arm", "x86_64")),
        (None, ()),
    ],
)
def test_compile_targets(value: object, expected: tuple[str, ...]) -> None:
    assert parse_options({"aot_compile_targets": value}).aot_compile_targets == expected


@pytest.mark.parametrize(
    ("kwargs", "message", "where"),
    [
        ({"optimisations": []}, "'optimisations'. Did you mean 'optimizations'", "litert_kwargs"),
        ({"target": {}}, "'target'. Did you mean 'target_spec'", "litert_kwargs"),
        ({"qqq": 1}, r"Unknown converter option 'qqq'\.\n", "litert_kwargs"),
        (
            {"target_spec": {"supported_op": []}},
            "'supported_op'. Did you mean 'supported_ops'",
            "target_spec",
        ),
        ({"target_spec": None}, "says what the target runtime can do", "target_spec"),
        ({"target_spec": "SELECT_TF_OPS"}, "says what the target runtime can do", "target_spec"),
        ({"optimizations": "DEFALT"}, "'DEFALT' is not .* mean 'DEFAULT'", "optimizations"),
        ({"optimizations": ["q"]}, r"'q' is not one of Optimization's values\.\n", "optimizations"),
        ({"optimizations": 1}, "This option is a list", "optimizations"),
        ({"optimizations": [None]}, "'None' is not one of Optimization's", "optimizations"),
        (
            {"target_spec": {"supported_ops": ["TF_SELECT_OPS"]}},
            "Did you mean 'SELECT_TF_OPS'",
            "target_spec.supported_ops",
        ),
        (
            {"target_spec": LikeTargetSpec(ops=[OpsSet.STABLEHLO])},
            "'EXPERIMENTAL_STABLEHLO_OPS' is not one of OpSet's values",
            "target_spec.supported_ops",
        ),
        (
            {"target_spec": {"supported_types": ["int64"]}},
            "The converter cannot prefer this type",
            "target_spec.supported_types",
        ),
        (
            {"target_spec": {"supported_types": ["half"]}},
            "This is not an element type",
            "target_spec.supported_types",
        ),
        (
            {"target_spec": {"supported_types": 16}},
            "This option is a list",
            "target_spec.supported_types",
        ),
        ({"inference_input_type": "int"}, "not an element type", "inference_input_type"),
        ({"inference_output_type": 8}, "not an element type", "inference_output_type"),
        ({"representative_dataset": 3}, "is an iterable of samples", "representative_dataset"),
        ({"experimental_new_quantizer": 1}, "is a switch", "experimental_new_quantizer"),
        ({"experimental_new_quantizer": "no"}, "is a switch", "experimental_new_quantizer"),
        ({"aot_compile_targets": [""]}, "A compile target is a name", "aot_compile_targets"),
        ({"aot_compile_targets": [64]}, "A compile target is a name", "aot_compile_targets"),
        ({"aot_compile_targets": 64}, "This option is a list", "aot_compile_targets"),
    ],
)
def test_what_is_not_understood_is_refused(
    kwargs: dict[str, object], message: str, where: str
) -> None:
    with pytest.raises(OptionsError, match=message) as caught:
        parse_options(kwargs)
    assert caught.value.where == where
    assert caught.value.expected
    assert caught.value.received


@pytest.mark.parametrize(
    ("kwargs", "where"),
    [
        ({"representative_dataset": []}, "representative_dataset"),
        ({"inference_input_type": "int8"}, "inference_input_type"),
        ({"target_spec": {"supported_types": ["float16"]}}, "target_spec.supported_types"),
        (
            {"optimizations": "DEFAULT", "target_spec": {"supported_types": ["int8"]}},
            "target_spec.supported_types",
        ),
        (
            {"optimizations": "DEFAULT", "target_spec": {"supported_ops": "TFLITE_BUILTINS_INT8"}},
            "target_spec.supported_ops",
        ),
    ],
)
def test_contradictions_are_refused(kwargs: dict[str, object], where: str) -> None:
    with pytest.raises(
        OptionsError, match=r"representative dataset|interface types|no effect"
    ) as e:
        parse_options(kwargs)
    assert e.value.where == where


def test_an_unknown_key_is_told_with_all_valid_ones() -> None:
    with pytest.raises(OptionsError, match="Unknown converter option") as caught:
        parse_options({"optimize": True})
    assert caught.value.expected.split(", ")[0] == "optimizations"
    assert caught.value.received == "'optimize'"


def written(options: ConverterOptions) -> dict[str, object]:
    """The options as a user would write them, by name."""
    return {
        "optimizations": [flag.value for flag in options.optimizations],
        "representative_dataset": [] if options.calibrated else None,
        "experimental_new_quantizer": options.experimental_new_quantizer,
        "target_spec": {
            "supported_ops": [op_set.value for op_set in options.target_spec.supported_ops],
            "supported_types": [dtype.value for dtype in options.target_spec.supported_types],
        },
        "inference_input_type": options.inference_input_type.value,
        "inference_output_type": options.inference_output_type.value,
        "aot_compile_targets": list(options.aot_compile_targets),
        "quantization": options.quantization,
    }


@given(converter_options())
def test_options_survive_being_written_by_name_and_parsed(options: ConverterOptions) -> None:
    assert parse_options(written(options)) == options


def test_the_types_a_target_can_prefer() -> None:
    assert SUPPORTED_TYPES == (DType.FLOAT32, DType.FLOAT16, DType.INT8)
