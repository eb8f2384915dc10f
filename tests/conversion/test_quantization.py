"""Quantized files: smaller, of the right types, and close to the model within stated bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_interpreter, load_keras, load_tensorflow
from litert_ir.errors import AllStrategiesFailedError, ParityError
from tests.conversion.exports import STRATEGIES, THROUGH_TENSORFLOW, Array, model
from tests.conversion.quantized import conv_model, quantized, relative_error, tensor_types

WRAPPERS = ("stablehlo", "concrete-function", "saved-model")
wrappers = pytest.mark.parametrize("strategy", WRAPPERS)
sparse = pytest.mark.parametrize("strategy", WRAPPERS[1:])
all_strategies = pytest.mark.parametrize("strategy", ["stablehlo", *THROUGH_TENSORFLOW])

# Measured: 1.2 % for 8-bit weights, 0.7 % for 8-bit weights and activations, 0.06 % for float16
# weights. The bounds leave room for another machine's order of summation.
EIGHT_BITS, HALF_PRECISION = 0.04, 0.005


def ratio(request: str, strategy: str) -> float:
    return quantized(request, strategy).result.size_bytes / quantized("float").result.size_bytes


def test_the_float_file_is_as_large_as_its_weights() -> None:
    export = quantized("float")
    weights = 4 * conv_model().count_params()
    assert weights <= export.result.size_bytes <= weights + 8192
    assert tensor_types(export).keys() == {"float32", "int32"}
    assert relative_error(export) < 1e-5


@all_strategies
def test_dynamic_range(strategy: str) -> None:
    export = quantized("default", strategy)
    assert export.plan.options.precision is lir.Precision.DYNAMIC_RANGE
    assert ratio("default", strategy) < 0.3
    assert tensor_types(export)["int8"] == 4  # one kernel per layer
    assert [info.dtype for info in (*export.file.inputs, *export.file.outputs)] == ["float32"] * 2
    assert relative_error(export) < EIGHT_BITS


@wrappers
@pytest.mark.parametrize("request_", ["size", "latency"])
def test_the_other_quantizing_flags_do_the_same(request_: str, strategy: str) -> None:
    export = quantized(request_, strategy)
    assert export.plan.options.precision is lir.Precision.DYNAMIC_RANGE
    assert ratio(request_, strategy) < 0.3
    assert tensor_types(export) == tensor_types(quantized("default", strategy))
    assert relative_error(export) < EIGHT_BITS


@sparse
def test_sparsity_beside_another_flag_quantizes_all_the_same(strategy: str) -> None:
    export = quantized("combined", strategy)
    assert export.plan.options.precision is lir.Precision.DYNAMIC_RANGE
    assert tensor_types(export) == tensor_types(quantized("default", strategy))


def test_sparsity_is_left_to_tensorflows_converter() -> None:
    plan = lir.plan_for(conv_model(), options={"optimizations": ["EXPERIMENTAL_SPARSITY"]})
    first, *others = plan.route
    assert (first.strategy, first.refusal) == (
        "stablehlo",
        "stores all weights densely, where the plan asks for sparsity",
    )
    assert not any(step.refusal for step in others)


@sparse
def test_sparsity_alone_quantizes_nothing(strategy: str) -> None:
    export = quantized("sparsity", strategy)
    assert export.plan.options.precision is lir.Precision.FLOAT
    assert ratio("sparsity", strategy) == pytest.approx(1.0, abs=0.01)
    assert tensor_types(export)["int8"] == 0
    assert relative_error(export) < 1e-5


@wrappers
def test_float16_weights(strategy: str) -> None:
    export = quantized("float16", strategy)
    assert export.plan.options.precision is lir.Precision.FLOAT16_WEIGHTS
    assert 0.45 < ratio("float16", strategy) < 0.55
    assert tensor_types(export)["float16"] >= 4
    assert relative_error(export) < HALF_PRECISION


@all_strategies
def test_integer_with_float_interface(strategy: str) -> None:
    export = quantized("integer", strategy)
    assert export.plan.options.precision is lir.Precision.INTEGER
    assert ratio("integer", strategy) < 0.3
    assert tensor_types(export)["int8"] > tensor_types(quantized("default"))["int8"]
    assert [info.dtype for info in (*export.file.inputs, *export.file.outputs)] == ["float32"] * 2
    assert relative_error(export) < EIGHT_BITS
    parity = export.result.parity
    assert parity is not None
    assert parity.input_shapes == (((1, 16, 16, 3),),) * 20  # all calibration samples


@wrappers
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_integer_interface(dtype: str, strategy: str) -> None:
    export = quantized(dtype, strategy)
    assert [info.dtype for info in (*export.file.inputs, *export.file.outputs)] == [dtype] * 2
    assert tensor_types(export)["float32"] == 0
    assert relative_error(export) < EIGHT_BITS


@wrappers
def test_sixteen_bit_activations(strategy: str) -> None:
    export = quantized("16x8", strategy)
    assert export.plan.options.precision is lir.Precision.INTEGER_16X8
    assert {"int16", "int8"} <= tensor_types(export).keys()
    assert relative_error(export) < EIGHT_BITS


@pytest.mark.parametrize("backend_enum", [True, False])
def test_one_flag_makes_a_quarter_of_the_file(tmp_path: Path, *, backend_enum: bool) -> None:
    """As users write it, with TensorFlow's own flag or its name."""
    tf = load_tensorflow()
    flag = tf.lite.Optimize.DEFAULT if backend_enum else "DEFAULT"
    target = tmp_path / "model_quantized.tflite"
    result = lir.export(
        conv_model(), target, format="litert", litert_kwargs={"optimizations": [flag]}
    )
    (attempt,) = result.attempts
    assert attempt.strategy == "quantized-stablehlo"
    assert target.stat().st_size / quantized("float").result.size_bytes < 0.3
    interpreter = load_interpreter().Interpreter(str(target))
    interpreter.allocate_tensors()
    types = [detail["dtype"] for detail in interpreter.get_tensor_details()]
    assert sum(dtype == np.int8 for dtype in types) > 0


def test_nothing_passes_at_a_tolerance_of_zero(tmp_path: Path) -> None:
    exact = lir.Tolerance(variation=0.0, scale=0.0)
    with pytest.raises(AllStrategiesFailedError) as caught:
        lir.export(
            conv_model(),
            tmp_path / "model.tflite",
            litert_kwargs={"optimizations": ["DEFAULT"]},
            strategies=(lir.ConcreteFunction(),),
            verify=lir.Verification(tolerance=exact),
        )
    (attempt,) = caught.value.attempts
    assert isinstance(attempt.error, ParityError)
    assert attempt.error.where == "scores"
    assert attempt.error.expected == f"differences of at most {exact}"
    assert "Verification(tolerance=" in caught.value.advice


SMALL, LARGE = 3.0, 300.0
"""Ranges of the two inputs. The step of an int8 input is the width of its range over 255."""


def two_inputs() -> Any:
    """Inputs ``zulu`` (small) before ``alpha`` (large): neither sorted nor alike."""
    keras = load_keras()
    zulu, alpha = keras.Input((8,), name="zulu"), keras.Input((8,), name="alpha")
    joined = keras.layers.Concatenate()([zulu, alpha * 0.01])
    return keras.Model([zulu, alpha], keras.layers.Dense(4, name="out")(joined), name="two")


def ramp(limit: float, size: int = 8) -> Array:
    """One sample from ``-limit`` to ``limit``."""
    return np.linspace(-limit, limit, size, dtype=np.float32)[None]


def _by_name() -> list[Mapping[str, Array]]:
    return [{"alpha": ramp(LARGE), "zulu": ramp(SMALL)}]


def _generated() -> Iterator[list[Array]]:
    yield [ramp(SMALL), ramp(LARGE)]
    yield [ramp(SMALL / 2), ramp(LARGE / 2)]


def steps(path: Path) -> dict[str, float]:
    """The step of each integer input, in real units, as the interpreter reads it."""
    interpreter = load_interpreter().Interpreter(model_path=str(path))
    return {entry["name"]: entry["quantization"][0] for entry in interpreter.get_input_details()}


@pytest.mark.parametrize(
    "dataset",
    [
        pytest.param(_by_name, id="function-of-dicts"),
        pytest.param(_by_name(), id="list-of-dicts"),
        pytest.param([(ramp(SMALL), ramp(LARGE))], id="list-of-tuples"),
        pytest.param(_generated, id="generator-function"),
    ],
)
@all_strategies
def test_each_input_is_calibrated_on_its_own_data(
    dataset: Callable[[], Any], strategy: str, tmp_path: Path
) -> None:
    result = lir.export(
        two_inputs(),
        tmp_path / "model.tflite",
        options={"optimizations": ["DEFAULT"], "inference_input_type": "int8"},
        representative_dataset=dataset,
        strategies=(STRATEGIES[strategy],),
    )
    file = lir.LiteRTFile(tmp_path / "model.tflite")
    assert [(info.name, info.dtype) for info in file.inputs] == [
        ("zulu", "int8"),
        ("alpha", "int8"),
    ]
    assert steps(tmp_path / "model.tflite") == pytest.approx(
        {"zulu": 2 * SMALL / 255, "alpha": 2 * LARGE / 255}, rel=0.05
    )
    assert result.parity is not None
    assert result.parity.agrees


@all_strategies
def test_a_nested_model_is_calibrated_on_nested_samples(strategy: str, tmp_path: Path) -> None:
    mask = np.array([[1, 0, 1]], np.int32)
    nested = {"side": {"mask": mask}, "pair": [ramp(SMALL, 3), ramp(LARGE, 3)]}
    lir.export(
        model("nested"),
        tmp_path / "model.tflite",
        options={"optimizations": ["DEFAULT"], "inference_input_type": "int8"},
        representative_dataset=[nested],
        strategies=(STRATEGIES[strategy],),
        verify=lir.Verification(tolerance=lir.Tolerance(variation=1.0, scale=1.0)),
    )
    file = lir.LiteRTFile(tmp_path / "model.tflite")
    assert [(info.name, info.dtype) for info in file.inputs] == [
        ("left", "int8"),
        ("right", "int8"),
        ("side_mask", "int32"),
    ]
    far = np.full((1, 3), SMALL, np.float32)
    assert file.quantize("left", far).tolist() == [[127] * 3]
    assert np.abs(file.quantize("right", far)).max() <= 2
