"""Measuring files: in turns, by kernel and layer, and what cannot be measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import ConverterCrashed, FileRejectedError, ModelSourceError, OptionsError
from litert_ir.measurement.bench import Benchmark
from tests.conversion.exports import exported, folder
from tests.conversion.quantized import quantized
from tests.runtime.foreign_files import swapped, two_signatures, unsigned
from tests.runtime.test_isolated import fatal


@pytest.fixture(scope="module")
def measured() -> Benchmark:
    """A float file beside the same one in int8."""
    return lir.bench(quantized("float").file.path, quantized("int8").file.path, runs=10, threads=2)


def test_both_files_are_timed_as_often_as_asked_for(measured: Benchmark) -> None:
    for file in measured.files:
        assert file.times.runs == 10
        assert len(file.times.launch_medians_s) == 5
        assert 0 < file.times.least_s <= file.times.median_s <= file.times.p95_s
        assert file.times.load_s > 0
        assert file.memory_bytes > 0
    assert measured.ratio is not None
    assert measured.ratio.least <= measured.ratio.median <= measured.ratio.greatest
    assert measured.threads == 2


def test_the_headline_says_which_file_is_faster(measured: Benchmark) -> None:
    said = "x faster than" if measured.ratio and measured.ratio.is_measured else "no difference"
    assert said in measured.headline
    assert measured.headline.endswith("2 threads)")
    assert measured.headline in " ".join(str(measured).split())
    assert json.loads(measured.to_json())["headline"] == measured.headline


def test_kernels_are_told_by_name_and_layers_by_path(measured: Benchmark) -> None:
    profile = measured.files[0].profile
    assert profile is not None
    assert sum(each.share for each in profile.kernels) == pytest.approx(1)
    assert profile.layers
    assert all(each.seconds >= 0 for each in profile.layers)
    convolutions = [each for each in profile.kernels if each.kernel.startswith("Convolution")]
    assert sum(each.count for each in convolutions) == 3
    assert {each.runtime for each in profile.kernels} == {"XNNPACK"}
    assert any(each.layer.startswith("conv2d") for each in profile.layers)
    for words in ("Kernels of conv-float", "Layers of conv-int8", "by the order of kernels"):
        assert words.lower() in str(measured).lower()


def test_real_values_are_quantized_for_the_file_that_takes_integers(measured: Benchmark) -> None:
    kinds = [[(one.name, one.dtype) for one in file.inputs] for file in measured.files]
    assert kinds == [[("image", "float32")], [("image", "int8")]]
    assert not any("different inputs" in note for note in measured.notes)


def test_the_shipped_tool_is_asked_as_well(measured: Benchmark) -> None:
    for file in measured.files:
        assert file.shipped_tool is not None
        assert file.shipped_tool.runs == 50
        assert 0 <= file.shipped_tool.median_s <= file.shipped_tool.p95_s


def test_inputs_and_sizes_are_those_that_are_given() -> None:
    export = exported("mixed-dtypes")
    result = lir.bench(
        export.file.path, inputs={"tokens": 1}, sizes={"batch": 2}, runs=1, profile=False
    )
    (file,) = result.files
    assert [(one.name, one.shape, one.source) for one in file.inputs] == [
        ("tokens", (2, 5), "filled with 1"),
        ("keep", (2, 5), "random"),
        ("weights", (2, 5), "random"),
    ]
    assert (file.times.runs, file.profile, file.shipped_tool) == (1, None, None)
    assert result.ratio is None
    assert "1 thread)" in result.headline


def test_the_tool_is_not_asked_where_it_would_run_another_input() -> None:
    result = lir.bench(exported("mixed-dtypes").file.path, sizes={"batch": 2}, runs=1)
    (note,) = [note for note in result.notes if "litert-benchmark" in note]
    assert "no option for sizes" in note
    assert result.files[0].profile is not None


def test_files_with_different_inputs_run_on_their_own() -> None:
    paths = [exported(name).file.path for name in ("single", "dict")]
    result = lir.bench(*paths, runs=1, profile=False)
    assert any("take different inputs" in note for note in result.notes)
    assert any("from 5 runs on" in note for note in result.notes)
    assert "no difference measured" in result.headline
    assert [len(file.inputs) for file in result.files] == [1, 2]


@pytest.mark.parametrize("content", [two_signatures, unsigned])
def test_files_of_other_tools_are_measured(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content())
    (file,) = lir.bench(path, runs=2, profile=False).files
    assert file.times.runs == 2


def test_a_signature_of_a_later_subgraph_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(two_signatures())
    for signature in ("double", "add"):
        (file,) = lir.bench(path, signature=signature, runs=1).files
        assert file.signature == signature
        assert file.profile is not None
        assert len(file.profile.kernels) == 1


def test_a_file_that_ends_its_process_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "fatal.tflite"
    path.write_bytes(fatal())
    with pytest.raises((FileRejectedError, ConverterCrashed)):
        lir.bench(path, runs=1, timeout=5)


def test_names_are_paths_where_files_are_called_alike(tmp_path: Path) -> None:
    content = exported("single").content
    paths = [tmp_path / folder / "model.tflite" for folder in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(content)
    assert lir.bench(*paths, runs=5, profile=False).labels == tuple(map(str, paths))


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"threads": 0}, {"runs": -1}, {"timeout": 0}])
def test_numbers_that_are_too_small_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionsError, match=r"1 or more|above 0"):
        lir.bench("no.tflite", **wrong)  # type: ignore[arg-type]  # all of them are ints


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    path = exported("single").file.path
    with pytest.raises(ModelSourceError, match="no LiteRT file here"):
        lir.bench(path, tmp_path / "no.tflite")


def test_values_fit_or_are_refused_before_timing() -> None:
    with pytest.raises(ValueError, match="another shape"):
        lir.bench(exported("single").file.path, inputs=np.ones((1, 5)))


def test_the_kernels_of_a_loop_are_told_once() -> None:
    keras = load_keras()
    x = keras.Input((50, 8), name="x")
    model = keras.Model(x, keras.layers.LSTM(64, name="recurrent")(x))
    path = folder() / "recurrent.tflite"
    lir.export(model, path)
    (file,) = lir.bench(path, runs=5).files
    assert file.profile is not None
    counts = {each.kernel: each.count for each in file.profile.kernels}
    times = {each.kernel: each.seconds for each in file.profile.kernels}
    assert counts["WHILE"] == 1
    assert times["WHILE"] == 0
    assert counts["Fully Connected (NC, F32) GEMM"] >= 50
    assert times["Fully Connected (NC, F32) GEMM"] > 0
    assert "recurrent" in max(file.profile.layers, key=lambda each: each.share).layer


def test_kernels_too_short_for_the_profiler_are_told(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(two_signatures())
    assert any("whole microseconds" in note for note in lir.bench(path, runs=1).notes)


def test_inputs_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    path = tmp_path / "swapped.tflite"
    path.write_bytes(swapped())
    (file,) = lir.bench(path, runs=1).files
    assert file.profile is not None
