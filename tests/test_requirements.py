"""What the exporter owes its users, one test per requirement; the test ids name them.

All exports have the call shape `export(model, path, format="litert", ...)`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_interpreter, load_keras, load_tensorflow
from tests.conversion.exports import (
    CASES,
    STRATEGIES,
    THROUGH_TENSORFLOW,
    assert_close,
    exported,
    fresh,
    keras_outputs,
    model,
    random_inputs,
)
from tests.conversion.quantized import conv_model, images, quantized, relative_error, tensor_types

ROW = "Keras Core | {}".format


@pytest.mark.parametrize(
    "trait",
    [
        pytest.param("single", id=ROW("Functional model | Single input")),
        pytest.param("dict", id=ROW("Functional model | Dict inputs")),
        pytest.param("sequential", id=ROW("Sequential model | Standard layers")),
        pytest.param("subclassed-1", id=ROW("Subclassed model | Custom call()")),
        pytest.param("subclassed-2", id=ROW("Subclassed model | Custom call(), two arguments")),
    ],
)
def test_model_kinds(trait: str) -> None:
    export = exported(trait, "direct")
    inputs = random_inputs(export.plan, 2)
    assert_close(export.file.run(inputs), keras_outputs(trait, inputs))


@pytest.mark.parametrize(
    "trait",
    [
        pytest.param(trait, id=ROW(f"Signature inference | Auto-detect, {trait}"))
        for trait, case in CASES.items()
        if case.signature is None
    ],
)
def test_signature_inference(trait: str) -> None:
    """Shapes and types come from the model's own ``inputs``, each input's batch dynamic."""
    declared = [(tuple(tensor.shape), str(tensor.dtype)) for tensor in model(trait).inputs]
    found = [(info.shape, info.dtype) for info in exported(trait, "direct").file.inputs]
    assert sorted(found, key=str) == sorted(declared, key=str)
    assert all(shape[0] is None for shape, _ in found)


@pytest.mark.parametrize(
    "trait",
    [
        pytest.param("single", id=ROW("Conversion strategy | Direct vs Wrapper, functional")),
        pytest.param("subclassed-1", id=ROW("Conversion strategy | Direct vs Wrapper, subclassed")),
    ],
)
def test_conversion_strategy(trait: str) -> None:
    """Direct is tried before the wrappers, which give the same numbers."""
    assert list(STRATEGIES).index("direct") < list(STRATEGIES).index("concrete-function")
    inputs = random_inputs(exported(trait).plan, 3)
    direct = exported(trait, "direct").file.run(inputs)
    for wrapper in ("concrete-function", "saved-model"):
        assert_close(exported(trait, wrapper).file.run(inputs), direct)


def test_the_default_route_takes_the_first_strategy(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    result = lir.export(fresh("sequential"), str(path), format="litert")
    assert [attempt.strategy for attempt in result.attempts] == ["stablehlo"]
    assert result.parity is not None
    assert result.parity.agrees


@pytest.mark.parametrize(
    ("request_", "quantizes"),
    [
        pytest.param("default", True, id=ROW("Quantization | DEFAULT optimization")),
        pytest.param("size", True, id=ROW("Quantization | OPTIMIZE_FOR_SIZE")),
        pytest.param("latency", True, id=ROW("Quantization | OPTIMIZE_FOR_LATENCY")),
        pytest.param("sparsity", False, id=ROW("Quantization | EXPERIMENTAL_SPARSITY")),
        pytest.param("combined", True, id=ROW("Quantization | Multiple optimizations combined")),
        pytest.param("integer", True, id=ROW("Quantization | Representative dataset")),
    ],
)
def test_quantization(request_: str, quantizes: bool) -> None:
    export = quantized(request_)
    assert (tensor_types(export)["int8"] > 0) is quantizes
    assert relative_error(export) < (0.04 if quantizes else 1e-5)


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, id=ROW(f"Quantization | File size verification (~75%), {name}"))
        for name in THROUGH_TENSORFLOW
    ],
)
def test_file_size(strategy: str) -> None:
    """A dynamic range file is below 0.3 of the float file and has int8 tensors."""
    small, large = quantized("default", strategy).file.path, quantized("float").file.path
    assert small.stat().st_size / large.stat().st_size < 0.3
    interpreter = load_interpreter().Interpreter(model_path=str(small))
    interpreter.allocate_tensors()
    details = interpreter.get_tensor_details()
    assert sum(1 for tensor in details if tensor["dtype"] == np.int8) > 0


def test_litert_kwargs_with_tensorflows_own_enums(tmp_path: Path) -> None:
    """Cross-layer | litert_kwargs | Custom converter options."""
    lite = load_tensorflow().lite

    def representative_dataset() -> Any:
        for image in images():
            yield [image]

    result = lir.export(
        conv_model(),
        str(tmp_path / "model_advanced.tflite"),
        format="litert",
        litert_kwargs={
            "optimizations": [lite.Optimize.DEFAULT, lite.Optimize.EXPERIMENTAL_SPARSITY],
            "representative_dataset": representative_dataset,
            "experimental_new_quantizer": True,
            "target_spec": {
                "supported_ops": [lite.OpsSet.TFLITE_BUILTINS, lite.OpsSet.SELECT_TF_OPS]
            },
        },
    )
    assert (
        result.plan.options
        == lir.ConverterOptions(
            optimizations=(lir.Optimization.DEFAULT, lir.Optimization.EXPERIMENTAL_SPARSITY),
            calibrated=True,
            target_spec=lir.TargetSpec(
                supported_ops=(lir.OpSet.TFLITE_BUILTINS, lir.OpSet.SELECT_TF_OPS)
            ),
        ).parsed()
    )
    assert result.plan.options.precision is lir.Precision.INTEGER
    assert lir.LiteRTFile(tmp_path / "model_advanced.tflite").interface.flex_ops == ()


def test_verbose_shows_the_conversion(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.tflite"
    strategies = (lir.ConcreteFunction(),)
    lir.export(fresh("sequential"), path, format="litert", verbose=True, strategies=strategies)
    assert "concrete-function: converting" in capfd.readouterr().err


def test_the_signature_can_be_overridden(tmp_path: Path) -> None:
    keras = load_keras()
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    model_ = keras.Model(tokens, keras.layers.Embedding(10, 4)(tokens))
    lir.export(
        model_,
        str(tmp_path / "model.tflite"),
        format="litert",
        input_signature=[keras.layers.InputSpec(shape=(None, 128), dtype="int32")],
        strategies=(lir.ConcreteFunction(),),
    )
    (info,) = lir.LiteRTFile(tmp_path / "model.tflite").inputs
    assert (info.shape, info.dtype) == ((None, 128), "int32")


@pytest.mark.parametrize("name", ["model.pb", "model.onnx", "model"])
def test_scenario_5_wrong_file_extension(name: str, tmp_path: Path) -> None:
    """Some expect an AssertionError; callers that catch ValueError are served too."""
    for builtin in (AssertionError, ValueError):
        with pytest.raises(builtin, match=r"must end with '\.tflite'"):
            lir.export(model("single"), str(tmp_path / name), format="litert")
    assert list(tmp_path.iterdir()) == []


def test_scenario_5_unsupported_model_type(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not supported"):
        lir.export(object(), str(tmp_path / "model.tflite"), format="litert")


def test_error_table_model_not_built(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Model must be built"):
        lir.export(fresh("subclassed-1"), str(tmp_path / "model.tflite"), format="litert")


def test_error_table_backend_mismatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this process nor a child process has a backend that can convert."""
    monkeypatch.setattr(load_keras().backend, "backend", lambda: "torch")
    find, lacking = importlib.util.find_spec, {"tensorflow", "jax"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n in lacking else find(n))
    with pytest.raises(RuntimeError, match="TensorFlow or JAX"):
        lir.export(model("single"), str(tmp_path / "model.tflite"), format="litert")


def test_error_table_unsupported_ops(tmp_path: Path) -> None:
    keras = load_keras()
    inputs = keras.Input((4, 4))
    inverse = keras.Model(inputs, keras.layers.Lambda(keras.ops.inv)(inputs))
    with pytest.raises(RuntimeError, match="Some ops are not supported by LiteRT"):
        lir.export(inverse, str(tmp_path / "model.tflite"), format="litert")
