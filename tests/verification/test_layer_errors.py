"""The tensors of a quantized file against those of the float file."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.errors import ConverterCrashed, FileRejectedError
from litert_ir.ir.tensor import DType
from litert_ir.runtime.tensor_table import TensorKind, read_tensors
from litert_ir.runtime.unique_names import unique_names
from litert_ir.verification.layer_errors import LayerErrors, TensorError, tensor_errors
from litert_ir.verification.tensor_scopes import FileScopes
from tests.conversion.quantized import images, quantized
from tests.quantization.test_file import data_behind
from tests.runtime.quantized_files import Named, float_file, quantized_file, samples
from tests.runtime.test_isolated import fatal

WEIGHTS = {"conv", "score_layer", "embedding_layer"}


def errors_of(
    recipe: str, interface: DType = DType.FLOAT32, given: list[Named] | None = None
) -> LayerErrors:
    path = quantized_file(recipe, interface)
    return tensor_errors(float_file(), path, samples() if given is None else given)


def three_dense() -> Any:
    """Layers whose names differ by the numbers that tracing appends as well."""
    keras = load_keras()
    dense = [keras.layers.Dense(n, name=f"dense{k}") for n, k in ((32, ""), (32, "_1"), (4, "_2"))]
    left, right = keras.Input((32,), name="left"), keras.Input((32,), name="right")
    joined = keras.layers.Concatenate(name="concatenate")([dense[0](left), dense[1](right)])
    return keras.Model([left, right], dense[2](joined), name="numbered")


def recurrent() -> Any:
    keras = load_keras()
    layers = [keras.layers.LSTM(32, name="lstm"), keras.layers.Dense(4, name="out")]
    return keras.Sequential([keras.Input((10, 8)), *layers])


def weights(found: LayerErrors) -> dict[str, TensorError]:
    """The kernels, by layer."""
    kinds = [row for row in found.rows if row.kind is TensorKind.WEIGHT]
    return {row.layer: row for row in kinds if "Bias" not in row.name}


def test_a_file_has_no_errors_against_itself() -> None:
    found = tensor_errors(float_file(), float_file(), samples(1))
    assert {row.relative_error for row in found.rows} == {0.0}
    assert {row.sqnr_db for row in found.rows} == {math.inf}
    assert {row.kind for row in found.rows} == set(TensorKind)
    assert found.unmatched == ()


@pytest.mark.parametrize(
    ("recipe", "dtype", "least", "most"),
    [
        ("int8", "int8", 0.001, 0.01),
        ("int16x8", "int8", 0.001, 0.01),
        ("float16", "float16", 0.0001, 0.0005),
    ],
)
def test_weights_have_the_error_of_their_type(
    recipe: str, dtype: str, least: float, most: float
) -> None:
    """8 bits are 127 steps: half a step, evenly spread, is 0.3 % of the largest value."""
    found = weights(errors_of(recipe))
    assert set(found) == WEIGHTS
    for row in found.values():
        assert row.dtype == dtype
        assert least < row.relative_error < most
        assert row.sqnr_db == pytest.approx(-20 * math.log10(row.relative_error))
    assert found["conv"].size_bytes == 8 * 3 * 3 * 3 * (2 if dtype == "float16" else 1)


def test_the_largest_error_comes_first() -> None:
    found = errors_of("int8")
    errors = [row.relative_error for row in found.rows]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.003
    assert found.worst(2) == found.rows[:2]
    assert {row.kind for row in found.worst(99, TensorKind.WEIGHT)} == {TensorKind.WEIGHT}


def test_weights_cost_nothing_where_only_activations_lose() -> None:
    eight, sixteen = errors_of("int8"), errors_of("int16x8")
    by_name = {row.name: row for row in sixteen.rows}
    assert {name: row.relative_error for name, row in weights(eight).items()} == {
        name: row.relative_error for name, row in weights(sixteen).items()
    }
    (worst,) = eight.worst(1, TensorKind.ACTIVATION)
    assert by_name[worst.name].relative_error < worst.relative_error


def test_integer_inputs_and_outputs_are_compared_as_real_values() -> None:
    rows = {row.name: row for row in errors_of("int8", DType.INT8).rows}
    assert (rows["image"].kind, rows["image"].dtype) == (TensorKind.INPUT, "int8")
    assert 0 < rows["image"].relative_error < 0.02
    assert rows["scores"].kind is TensorKind.OUTPUT
    assert 0 < rows["scores"].relative_error < 0.1
    assert errors_of("int8").unmatched == ()


def test_any_batch_will_do() -> None:
    mixed = [*samples(1, batch=1), *samples(2, batch=5)]
    found = errors_of("int8", given=mixed)
    assert found.samples == 3
    sizes = {row.name: row.size_bytes for row in found.rows}
    assert sizes["image"] == 4 * 8 * 8 * 3  # that of the first sample


def test_without_samples_only_weights_are_compared() -> None:
    found = errors_of("int8", given=[])
    assert {row.kind for row in found.rows} == {TensorKind.WEIGHT}
    assert weights(found) == weights(errors_of("int8"))


@pytest.mark.filterwarnings("ignore:Warning. Enabling `experimental_preserve_all_tensors`")
def test_the_errors_are_those_of_the_quantizers_own_comparison() -> None:
    """Its metric has no relative error; over equal batches its mean of means is the mean."""
    validator = importlib.import_module("litert_quantizer.model_validator")
    metric = importlib.import_module(
        "litert_quantizer.utils.validation_utils"
    ).ValidationErrorMetric

    def power(_target: Any, reference: Any) -> float:
        return float(np.square(np.asarray(reference, np.float64)).mean())

    def error(target: Any, reference: Any) -> float:
        return float(np.square(np.asarray(target, np.float64) - reference).mean())

    result = validator.compare_model(
        float_file().read_bytes(),
        quantized_file("int8").read_bytes(),
        {"serving_default": samples()},
        [metric.MSE, metric.SNR],
        [error, power],
        num_threads=1,
    ).get_all_tensor_results()
    compared = 0
    for row in errors_of("int8").rows:
        theirs = result.get(row.name)
        if theirs is not None and theirs["snr"]:
            expected = math.sqrt(theirs["mse"] / theirs["snr"])
            assert row.relative_error == pytest.approx(expected, rel=1e-4, abs=1e-7)
            compared += 1
    assert compared >= 10


def edited(path: Path, target: Path, edit: Callable[[Any], None]) -> Path:
    """A copy of a file, with an edit of its tables."""
    model = unpacked(path.read_bytes())
    edit(model)
    target.write_bytes(packed(model))
    return target


def test_a_tensor_that_only_one_file_has_is_named(tmp_path: Path) -> None:
    def rename(model: Any) -> None:
        (renamed,) = [t for t in model.subgraphs[0].tensors if b"Relu" in t.name]
        renamed.name = b"something else"

    path = edited(quantized_file("int8"), tmp_path / "renamed.tflite", rename)
    found = tensor_errors(float_file(), path, samples(1))
    assert len(found.unmatched) == 1
    assert "Relu" in found.unmatched[0]
    assert len(found.rows) == len(errors_of("int8").rows) - 1


def test_tensors_of_the_same_name_are_told_apart_by_their_order(tmp_path: Path) -> None:
    def same(model: Any) -> None:
        for tensor in model.subgraphs[0].tensors:
            if not tensor.name.startswith((b"image", b"extra", b"scores", b"embedding")):
                tensor.name = b"same"

    paths = [
        edited(path, tmp_path / f"{number}.tflite", same)
        for number, path in enumerate((float_file(), float_file()))
    ]
    found = tensor_errors(paths[0], paths[1], samples(1))
    assert {row.relative_error for row in found.rows} == {0.0}
    assert len({row.name for row in found.rows}) == len(found.rows)
    assert found.unmatched == ()


def test_weights_behind_the_flatbuffer_are_weights(tmp_path: Path) -> None:
    """Files beyond 2 GB have them there."""
    reference = quantized("float").file.path
    path = tmp_path / "behind.tflite"
    path.write_bytes(data_behind(reference.read_bytes()))
    found = tensor_errors(path, reference, [])
    assert {row.kind for row in found.rows} == {TensorKind.WEIGHT}
    assert found == tensor_errors(reference, reference, [])


def test_values_that_are_no_numbers_in_both_are_no_error() -> None:
    odd = samples(1)
    odd[0]["extra"][0, 0] = np.nan
    found = tensor_errors(float_file(), float_file(), odd)
    assert {row.relative_error for row in found.rows} == {0.0}


def test_a_file_that_kills_the_interpreter_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "fatal.tflite"
    path.write_bytes(fatal())
    with pytest.raises(FileRejectedError, match="crashes on the file") as caught:
        tensor_errors(path, path, [{"features": np.ones((1, 4), np.float32)}])
    assert caught.value.where == str(path)
    assert "died of SIGSEGV while comparing the files' tensors" in caught.value.received
    assert isinstance(caught.value.__cause__, ConverterCrashed)


def test_what_is_no_file_of_litert_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"PK\x03\x04 a .keras file, renamed")
    with pytest.raises(FileRejectedError, match="not a LiteRT file") as caught:
        tensor_errors(float_file(), path, [])
    assert caught.value.where == str(path)


def test_a_missing_input_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="expected inputs"):
        errors_of("int8", given=[{"image": samples(1)[0]["image"]}])


def test_an_error_without_a_signal_is_infinite() -> None:
    row = TensorError(
        name="n",
        layer="",
        kind=TensorKind.WEIGHT,
        dtype="int8",
        size_bytes=1,
        relative_error=math.inf,
    )
    assert (row.sqnr_db, row.label) == (-math.inf, "n")


def test_weights_with_scales_for_blocks_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The interpreter does not tell their scales."""
    library = importlib.import_module("litert_quantizer.quantizer")
    recipes = importlib.import_module("litert_quantizer.recipe")
    reference = quantized("float").file.path
    path = tmp_path / "blocks.tflite"
    quantizer = library.Quantizer(str(reference), recipes.dynamic_wi4b32_afp32())
    quantizer.quantize().export_model(str(path))
    capsys.readouterr()
    found = tensor_errors(reference, path, [{"image": images()[0]}])
    (left_out,) = found.unmatched
    types = {tensor.name: tensor.dtype for tensor in read_tensors(path).tensors}
    assert types[left_out] == "int4"
    assert found.rows[0].relative_error > 0.01


@pytest.mark.parametrize(
    ("computed", "scopes"),
    [
        (["model/a/MatMul", "model/b/c/Relu"], ["a", "b/c"]),
        (["m_1/dense_1/MatMul", "m_1/dense_1_1/MatMul"], ["dense", "dense_1"]),
        (["m/dense/MatMul", "m/dense_1/MatMul"], ["dense", "dense_1"]),
        (["m_1/relu_1/Relu;m_1/conv_1/Add", "m_1/conv_1/w"], ["relu + conv", "conv"]),
        (["m_1/a_1/Relu;m_1/a_1/Add", "arith.constant"], ["a", ""]),
        (["a/MatMul", "b/Relu"], ["a", "b"]),
        (["m_1/a_1/Add", "m_1/b_1/Add", "x"], ["a", "b", ""]),
        (["m/Relu", "m/a/b"], ["", "a"]),
        ([], []),
    ],
)
def test_names_tell_of_layers(computed: list[str], scopes: list[str]) -> None:
    found = FileScopes.of(computed)
    assert [found.label(name) for name in computed] == scopes


def test_names_of_variables_are_those_of_layers() -> None:
    scopes = FileScopes.of(["model_1/dense_1/Add"])
    assert [scopes.label(name) for name in ("dense_1/kernel", "model_1/dense_1/Add")] == [
        "dense_1",
        "dense",
    ]


def test_a_model_is_known_by_what_it_computes_however_many_weights_there_are(
    tmp_path: Path,
) -> None:
    """Two inputs and a last layer whose result has the output's name leave it few scopes."""
    source = tmp_path / "numbered.tflite"
    lir.export(three_dense(), source, verify=False)
    found = lir.quantize_file(source, tmp_path / "small.tflite", quantization="dynamic").layers
    assert found is not None
    layers = {"dense", "dense_1", "concatenate", "dense_2"}
    assert {row.label for row in found.rows} == layers


def test_what_the_interpreter_never_computes_is_left_out(tmp_path: Path) -> None:
    """Of a loop with a dynamic number of rounds, a result that nobody uses."""
    source = tmp_path / "recurrent.tflite"
    lir.export(recurrent(), source, verify=False)
    found = lir.quantize_file(source, tmp_path / "small.tflite", quantization="dynamic").layers
    assert found is not None
    assert any("while" in name for name in found.unmatched)
    assert "out" in {row.name for row in found.rows}


def test_names_are_made_unique_as_the_quantizer_makes_them() -> None:
    assert unique_names(["b", "a", "b", "b", "b_1"]) == ["b", "a", "b_1", "b_2", "b_1_1"]
