"""Inspections of real files: of each strategy, quantized, damaged, and without signatures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.backends.litert.schema import new_table
from litert_ir.errors import FileRejectedError, ModelSourceError
from litert_ir.runtime.interface_reader import read_interface
from tests.conversion.exports import exported
from tests.runtime.endless_files import looping
from tests.runtime.quantized_files import float_file, quantized_file


def written(content: bytes, tmp_path: Path, name: str = "model.tflite") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def of_float() -> lir.Inspection:
    return lir.inspect(float_file())


@pytest.fixture(scope="module")
def of_int8() -> lir.Inspection:
    return lir.inspect(quantized_file("int8"))


def test_a_signature_has_names_bounds_and_types(of_float: lir.Inspection) -> None:
    (signature,) = of_float.signatures
    interface = read_interface(of_float.path)
    assert signature.key == interface.signature_key
    assert [each.name for each in signature.inputs] == [each.name for each in interface.inputs]
    assert [each.shape for each in signature.outputs] == [each.shape for each in interface.outputs]
    image = next(each for each in signature.inputs if each.name == "image")
    assert (image.shape, image.dims, image.dtype) == (
        (None, 8, 8, 3),
        "(batch=?, 8, 8, 3)",
        "float32",
    )
    assert image.scale is None
    assert image.quantization == ""


@pytest.mark.parametrize("strategy", ["stablehlo", "direct", "saved-model"])
def test_every_byte_is_accounted_for(strategy: str) -> None:
    data = lir.inspect(exported("dict", strategy).file.path, delegation=False).data
    size = exported("dict", strategy).file.path.stat().st_size
    rest = data.metadata_bytes + data.unused_bytes + data.table_bytes
    assert data.tensor_bytes + rest == size
    assert sum(each.size_bytes for each in data.layers) == data.tensor_bytes
    assert data.table_bytes > 0


def test_bytes_are_those_of_the_layers_weights(of_float: lir.Inspection) -> None:
    model = exported("dict", "stablehlo").model
    found = {each.layer: each.size_bytes for each in of_float.data.layers}
    for layer in model.layers:
        kernels = [v for v in layer.weights if v.path.endswith("kernel")]
        for kernel in kernels:
            assert found[layer.name] >= 4 * np.prod(kernel.shape)


def test_the_precision_is_recognized() -> None:
    for recipe, name in (
        ("float16", "float16 weights"),
        ("int8", "integer (int8 weights and activations)"),
        ("int16x8", "integer (int16 activations, int8 weights)"),
    ):
        facts = lir.inspect(quantized_file(recipe), delegation=False).quantization
        assert facts.is_quantized
        assert name in {use.precision for use in facts.uses}


def test_float_files_are_not_quantized(of_float: lir.Inspection) -> None:
    facts = of_float.quantization
    assert facts.precision == "float"
    assert not facts.is_quantized
    assert facts.float_layers == ()
    assert "Quantization" not in str(of_float)


def test_layers_left_float_are_named(tmp_path: Path) -> None:
    target = tmp_path / "partly.tflite"
    skipped, other, *_ = lir.inspect(float_file(), delegation=False).quantization.uses[0].layers
    rule = lir.LayerRule(skipped, lir.Precision.FLOAT)
    recipe = lir.Quantization(lir.Precision.FLOAT16_WEIGHTS, layers=(rule,))
    lir.quantize_file(float_file(), target, quantization=recipe, verify=False)
    facts = lir.inspect(target, delegation=False).quantization
    assert facts.precision == "mixed"
    assert skipped in facts.float_layers
    assert other not in facts.float_layers
    assert "float16 weights" in facts.summary


def test_scales_are_counted(of_int8: lir.Inspection, of_float: lir.Inspection) -> None:
    assert of_int8.quantization.per_channel > 0
    assert of_int8.quantization.per_tensor > 0
    assert (of_float.quantization.per_channel, of_float.quantization.per_tensor) == (0, 0)


def test_an_integer_interface_has_its_scales() -> None:
    path = quantized_file("int8", lir.DType.INT8)
    (signature,) = lir.inspect(path, delegation=False).signatures
    file = lir.LiteRTFile(path)
    for each in signature.inputs:
        assert each.dtype == "int8"
        assert each.scale is not None
        one_step = np.array([each.scale], np.float32)
        assert file.quantize(each.name, one_step) == [1 + (each.zero_point or 0)]


def test_operators_are_counted(of_float: lir.Inspection) -> None:
    model = unpacked(of_float.path.read_bytes())
    assert of_float.operator_count == sum(len(graph.operators) for graph in model.subgraphs)
    assert {each.kind.value for each in of_float.operators} == {"builtin"}


def test_partitions_are_measured(of_float: lir.Inspection) -> None:
    delegation = of_float.delegation
    assert delegation is not None
    assert delegation.delegated + len(delegation.outside) == of_float.operator_count
    assert delegation.partitions >= 1
    (placement,) = delegation.subgraphs
    found = [each.index for step in placement.steps for each in step.operators]
    assert sorted(found) == list(range(of_float.operator_count))


def test_bodies_of_loops_are_measured_too(tmp_path: Path) -> None:
    found = lir.inspect(written(looping(endless=False), tmp_path))
    assert found.delegation is not None
    assert len(found.delegation.subgraphs) == len(found.subgraphs) == 3
    assert "WHILE" in {each.name for each in found.delegation.outside}
    assert len(found.delegation.operators) == found.operator_count
    assert [bool(each.signatures) for each in found.subgraphs] == [True, False, False]


def test_a_file_without_signatures_is_described(tmp_path: Path) -> None:
    model = unpacked(float_file().read_bytes())
    model.signatureDefs = []
    found = lir.inspect(written(bytes(packed(model)), tmp_path))
    assert [signature.key for signature in found.signatures] == [None]
    assert len(found.signatures[0].inputs) == 2
    assert found.delegation is not None
    assert "(no signature)" in str(found)


def test_what_cannot_be_loaded_is_described_all_the_same(tmp_path: Path) -> None:
    model = unpacked(float_file().read_bytes())
    code = new_table("OperatorCode")
    code.builtinCode, code.deprecatedBuiltinCode, code.customCode = 32, 32, b"MyKernel"
    model.operatorCodes.append(code)
    model.subgraphs[0].operators[-1].opcodeIndex = len(model.operatorCodes) - 1
    found = lir.inspect(written(bytes(packed(model)), tmp_path))
    assert found.delegation is None
    assert any("MyKernel" in remark for remark in found.remarks)
    assert found.runtime.custom == ("MyKernel",)
    assert "kernels for MyKernel" in str(found).replace("\n", " ")


def test_equal_data_that_are_stored_twice_are_found(tmp_path: Path) -> None:
    model = unpacked(float_file().read_bytes())
    graph = model.subgraphs[0]
    buffers = {t.buffer for t in graph.tensors if model.buffers[t.buffer].data is not None}
    largest = max(buffers, key=lambda index: len(model.buffers[index].data))
    copied = new_table("Buffer")
    copied.data = np.array(model.buffers[largest].data)
    model.buffers.append(copied)
    copy = new_table("Tensor")
    copy.name, copy.buffer = b"copy", len(model.buffers) - 1
    copy.shape, copy.quantization = np.array([len(copied.data) // 4], np.int32), None
    graph.tensors.append(copy)
    data = lir.inspect(written(bytes(packed(model)), tmp_path), delegation=False).data
    (duplicate,) = [each for each in data.duplicates if "copy" in each.names]
    assert duplicate.size_bytes == len(copied.data)
    assert duplicate.wasted_bytes == len(copied.data)


def test_a_report_is_data_text_and_html(of_int8: lir.Inspection) -> None:
    data = json.loads(of_int8.to_json())
    assert data["size_bytes"] == of_int8.path.stat().st_size
    assert data["delegation"]["delegated"] + data["delegation"]["outside"] == data["operator_count"]
    assert data["quantization"]["uses"]
    assert data["data"]["tensor_bytes"] == of_int8.data.tensor_bytes
    assert repr(of_int8).startswith("<Inspection: ")
    assert "<table>" in of_int8._repr_html_()
    assert all(len(line) <= 80 for line in str(of_int8).splitlines())


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelSourceError, match="no LiteRT file here"):
        lir.inspect(tmp_path / "missing.tflite")
    with pytest.raises(ModelSourceError, match="a folder"):
        lir.inspect(tmp_path)
    with pytest.raises(FileRejectedError):
        lir.inspect(written(b"\0" * 64, tmp_path))
    with pytest.raises(ValueError, match="timeout"):
        lir.inspect(float_file(), timeout=0)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    content = float_file().read_bytes()
    with pytest.raises(FileRejectedError):
        lir.inspect(written(content[: len(content) // 2], tmp_path))
