"""The stage that gives a converted file the plan's order and names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir import DynamicDim
from litert_ir.backends import load_keras
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.backends.litert.interface_writer import give_interface
from litert_ir.errors import FileRejectedError
from litert_ir.ir.file_dimensions import METADATA_NAME, dimensions_from_json
from litert_ir.ir.quantization import PRECISION_NAMES, Quantization
from litert_ir.quantization.file import quantize_file
from tests.conversion.exports import STRATEGIES, exported
from tests.conversion.quantized import quantized
from tests.conversion.stubs import with_dimensions, without_signature

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=list(STRATEGIES))
X = np.arange(8, dtype=np.float32).reshape(2, 4)


def export(
    model: Any, path: Path, strategy: lir.ConversionStrategy, **request: Any
) -> lir.LiteRTFile:
    lir.export(model, path / "model.tflite", strategies=(strategy,), **request)
    return lir.LiteRTFile(path / "model.tflite")


def with_interface(content: bytes, plan: lir.ExportPlan) -> bytes:
    model = unpacked(content)
    give_interface(model, plan)
    return bytes(packed(model))


@each_strategy
def test_an_output_that_is_an_input(strategy: lir.ConversionStrategy, tmp_path: Path) -> None:
    keras = load_keras()
    x, other = keras.Input((4,), name="x"), keras.Input((4,), name="other")
    model = keras.Model([x, other], [other, x * 2.0, x])
    file = export(model, tmp_path, strategy)
    first, second, third = file.run({"x": X, "other": -X}).values()
    np.testing.assert_array_equal(first, -X)
    np.testing.assert_array_equal(second, 2 * X)
    np.testing.assert_array_equal(third, X)


@each_strategy
def test_one_tensor_as_two_outputs(strategy: lir.ConversionStrategy, tmp_path: Path) -> None:
    keras = load_keras()
    x = keras.Input((4,), name="x")
    y = x * 3.0
    file = export(keras.Model(x, {"a": y, "b": y + 1.0, "c": y}), tmp_path, strategy)
    results = file.run({"x": X})
    assert list(results) == ["a", "b", "c"]
    np.testing.assert_array_equal(results["a"], 3 * X)
    np.testing.assert_array_equal(results["b"], 3 * X + 1)
    np.testing.assert_array_equal(results["c"], 3 * X)


@each_strategy
def test_inputs_that_the_model_ignores_stay(
    strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    keras = load_keras()
    model_class: Any = keras.Model

    class Ignoring(model_class):  # type: ignore[misc]  # keras has no type stubs
        def call(self, before: Any, used: Any, after: Any) -> Any:
            del before, after
            return used * 2.0

    specs = {
        name: keras.InputSpec(shape=(None, size), dtype="float32")
        for name, size in (("before", 2), ("used", 4), ("after", 3))
    }
    file = export(Ignoring(), tmp_path, strategy, input_signature=specs)
    assert [(info.name, info.shape) for info in file.inputs] == [
        ("before", (None, 2)),
        ("used", (None, 4)),
        ("after", (None, 3)),
    ]
    zeros = {"before": np.zeros((2, 2), np.float32), "after": np.zeros((2, 3), np.float32)}
    np.testing.assert_array_equal(file.run({**zeros, "used": X})["output"], 2 * X)


@each_strategy
def test_more_than_ten_inputs_and_outputs_keep_their_order(
    strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    keras = load_keras()
    names = [f"in_{i}" for i in range(12)]
    tensors = [keras.Input((4,), name=name) for name in names]
    outputs = {f"out_{i}": tensor * float(i + 2) for i, tensor in enumerate(tensors)}
    file = export(keras.Model(tensors, outputs), tmp_path, strategy)
    assert [info.name for info in file.inputs] == names
    results = file.run({name: X + i for i, name in enumerate(names)})
    assert list(results) == [f"out_{i}" for i in range(12)]
    for i, result in enumerate(results.values()):
        np.testing.assert_array_equal(result, (X + i) * (i + 2))


@pytest.mark.parametrize("trait", ["single", "nested"])
def test_another_number_of_inputs_is_rejected(trait: str) -> None:
    content = without_signature(exported("list").content)
    with pytest.raises(FileRejectedError, match="another number of inputs"):
        with_interface(content, exported(trait).plan)


def test_another_number_of_outputs_is_rejected() -> None:
    content = without_signature(exported("subclassed-2").content)
    with pytest.raises(FileRejectedError, match="another number of outputs") as caught:
        with_interface(content, exported("list").plan)
    assert caught.value.expected == "2: yankee, bravo"
    assert caught.value.received == "1"


def test_a_signature_without_wire_names_is_rejected() -> None:
    export = exported("list")
    with pytest.raises(FileRejectedError, match="other tensors than the traced call") as caught:
        with_interface(export.content, export.plan)
    assert caught.value.expected == "lir_in_0000, lir_in_0001"
    assert caught.value.received == "alpha, zulu"


def test_without_a_signature_the_subgraphs_order_is_taken() -> None:
    export = exported("list")
    again = with_interface(without_signature(export.content), export.plan)
    assert again == with_interface(without_signature(again), export.plan)
    assert len(again) == len(export.content)


LENGTH = DynamicDim("length", minimum=4, maximum=64, multiple_of=4)


def series_model() -> Any:
    keras = load_keras()
    x, mask = keras.Input((None, 3), name="x"), keras.Input((None, 1), name="mask")
    return keras.Model([x, mask], {"y": x * mask + 1.0})


def series(strategy: lir.ConversionStrategy, path: Path) -> lir.LiteRTFile:
    specs = [
        lir.TensorSpec(name=name, shape=(DynamicDim(), LENGTH, size), dtype=lir.DType.FLOAT32)
        for name, size in (("x", 3), ("mask", 1))
    ]
    samples = [(np.ones((2, 8, 3), np.float32), np.ones((2, 8, 1), np.float32))]
    verification = lir.Verification(samples=samples)
    return export(series_model(), path, strategy, input_signature=specs, verify=verification)


@each_strategy
def test_the_file_has_names_and_bounds_of_dimensions(
    strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    file = series(strategy, tmp_path)
    length = attrs.evolve(LENGTH, source="input_signature")
    batch = DynamicDim("batch")
    assert [info.dims for info in file.inputs] == [(batch, length, 3), (batch, length, 1)]
    x = np.ones((3, 12, 3), np.float32)
    np.testing.assert_array_equal(file.run({"x": x, "mask": x[..., :1]})["y"], x + 1)


@each_strategy
def test_a_static_file_says_nothing_of_dimensions(
    strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    keras = load_keras()
    x = keras.Input((4,), name="x")
    file = export(keras.Model(x, x * 2.0), tmp_path, strategy, batch_size=2)
    names = [entry.name for entry in unpacked(file.path.read_bytes()).metadata or ()]
    assert METADATA_NAME.encode() not in names


def test_what_a_file_said_of_dimensions_is_replaced() -> None:
    export = exported("list")
    content = with_dimensions(without_signature(export.content), b"other " * 99)
    model = unpacked(with_interface(content, export.plan))
    (entry,) = (entry for entry in model.metadata if entry.name == METADATA_NAME.encode())
    found = dimensions_from_json(bytes(model.buffers[entry.buffer].data))
    dims = (DynamicDim("batch"), None)
    assert found == {"zulu": dims, "alpha": dims}


def test_what_a_file_said_of_dimensions_is_taken_away_where_all_are_static() -> None:
    static = exported("list", batch_size=2)
    content = without_signature(exported("list").content)
    model = unpacked(with_interface(content, static.plan))
    assert METADATA_NAME.encode() not in [entry.name for entry in model.metadata]


@pytest.mark.parametrize("name", [name for name in PRECISION_NAMES if name != "float"])
def test_a_quantized_file_has_them_too(name: str, tmp_path: Path) -> None:
    file = series(lir.StableHLO(), tmp_path)
    recipe = Quantization(PRECISION_NAMES[name])
    sample = {"x": np.ones((2, 8, 3), np.float32), "mask": np.ones((2, 8, 1), np.float32)}
    samples = [sample] if recipe.needs_calibration else None
    quantize_file(file.path, tmp_path / "small.tflite", recipe, samples)
    small = lir.LiteRTFile(tmp_path / "small.tflite")
    assert [info.dims for info in small.inputs] == [info.dims for info in file.inputs]


def test_a_quantized_export_has_them_too() -> None:
    file = quantized("int8").file
    assert [info.dims and info.dims[0] for info in file.inputs] == [DynamicDim("batch")]
