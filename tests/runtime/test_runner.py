"""Running LiteRT files by name: what is refused, and how integers stand for real values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import litert_ir as lir
from litert_ir.backends import load_interpreter, load_keras
from litert_ir.errors import FileRejectedError
from tests.conversion.exports import exported, random_inputs
from tests.conversion.quantized import quantized
from tests.conversion.stubs import with_dimensions

X = np.ones((2, 4), np.float32)


def test_results_come_by_name_in_the_files_order() -> None:
    export = exported("dict")
    results = export.file.run(dict(reversed(random_inputs(export.plan, 2).items())))
    assert list(results) == ["scores", "embedding"]
    assert [value.shape for value in results.values()] == [(2, 5), (2, 6)]


def test_a_later_run_leaves_earlier_results_alone() -> None:
    file = exported("single").file
    (first,) = file.run({"features": X}).values()
    copy = first.copy()
    file.run({"features": -5 * X})
    np.testing.assert_array_equal(first, copy)


def test_paths_and_strings_are_taken() -> None:
    path = exported("single").file.path
    assert lir.LiteRTFile(str(path)).interface == lir.LiteRTFile(path).interface


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        pytest.param({}, r"expected inputs \['features'\], received \[\]", id="missing"),
        pytest.param({"feature": X}, r"received \['feature'\]", id="misspelt"),
        pytest.param({"features": X, "more": X}, r"received \['features', 'more'\]", id="unknown"),
        pytest.param(
            {"features": X[:, :3]},
            r"'features' takes \(None, 4\) float32, received \(2, 3\) float32",
            id="shape",
        ),
        pytest.param({"features": X[0]}, r"received \(4,\) float32", id="rank"),
        pytest.param({"features": X.astype(np.float64)}, r"received \(2, 4\) float64", id="dtype"),
        pytest.param({"features": X.astype(np.int32)}, "received .* int32", id="integers"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        exported("single").file.run(inputs)


LENGTH = lir.DynamicDim("length", minimum=4, maximum=32, multiple_of=4)


def test_a_single_input_is_given_alone_or_in_a_list() -> None:
    file = exported("single").file
    named = file.run({"features": X})["scores"]
    for alone in (X, [X], (X,)):
        np.testing.assert_array_equal(file.run(alone)["scores"], named)


def test_several_inputs_are_given_in_the_files_order() -> None:
    export = exported("list")
    named = random_inputs(export.plan, 2)
    ordered = [named[info.name] for info in export.file.inputs]
    for name, values in export.file.run(named).items():
        np.testing.assert_array_equal(export.file.run(ordered)[name], values)
    with pytest.raises(ValueError, match="expected inputs"):
        export.file.run(ordered[:1])
    with pytest.raises(ValueError, match="expected inputs"):
        export.file.run(ordered[0])


@pytest.mark.parametrize("inputs", [None, 5, "x", [], [X, X], {1: X, "a": X}])
def test_what_is_no_mapping_of_arrays_is_refused(inputs: Any) -> None:
    with pytest.raises(ValueError, match="expected inputs"):
        exported("single").file.run(inputs)


@pytest.mark.parametrize("value", [None, "x", 5, [[1.0, 2.0, 3.0, 4.0]]])
def test_what_is_no_array_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="takes an array"):
        exported("single").file.run({"features": value})


def of_steps(path: Path, metadata: bool = True) -> lir.LiteRTFile:
    """A file of a series and a mask, whose lengths are one dimension."""
    keras = load_keras()
    x, mask = keras.Input((None, 3), name="x"), keras.Input((None, 1), name="mask")
    specs = [
        lir.TensorSpec(name=name, shape=(lir.DynamicDim(), LENGTH, n), dtype=lir.DType.FLOAT32)
        for name, n in (("x", 3), ("mask", 1))
    ]
    model = keras.Model([x, mask], {"y": x * mask})
    lir.export(model, path, input_signature=specs, verify=False)
    if not metadata:
        path.write_bytes(with_dimensions(path.read_bytes(), None))
    return lir.LiteRTFile(path)


def steps(x: tuple[int, int], mask: tuple[int, int]) -> dict[str, Any]:
    """Inputs with this batch and this length."""
    return {"x": np.ones((*x, 3), np.float32), "mask": np.ones((*mask, 1), np.float32)}


BOUNDS = r"\(4 .. 32, multiples of 4\)"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (steps((1, 7), (1, 8)), rf"^input 'x' has 7 along 'length' {BOUNDS}$"),
        (steps((1, 36), (1, 32)), rf"^input 'x' has 36 along 'length' {BOUNDS}$"),
        (
            steps((1, 8), (1, 12)),
            rf"^input 'mask' has 12 along 'length' {BOUNDS}, where input 'x' has 8: one name has",
        ),
        (steps((2, 8), (3, 8)), r"input 'mask' has 3 along 'batch' \(1 or more\), where input 'x'"),
        (steps((0, 8), (0, 8)), r"^input 'x' has 0 along 'batch' .*; input 'mask' has 0 along"),
    ],
)
def test_sizes_that_the_file_was_not_made_for_are_refused(
    inputs: dict[str, Any], message: str, tmp_path: Path
) -> None:
    file = of_steps(tmp_path / "model.tflite")
    with pytest.raises(ValueError, match=message):
        file.run(inputs)


@pytest.mark.parametrize("size", [(1, 4), (5, 32)])
def test_sizes_within_the_bounds_are_taken(size: tuple[int, int], tmp_path: Path) -> None:
    file = of_steps(tmp_path / "model.tflite")
    assert file.run(steps(size, size))["y"].shape == (*size, 3)


def test_a_file_without_bounds_takes_all_sizes(tmp_path: Path) -> None:
    file = of_steps(tmp_path / "model.tflite", metadata=False)
    assert [info.dims for info in file.inputs] == [None, None]
    assert file.run(steps((2, 7), (2, 7)))["y"].shape == (2, 7, 3)


def test_an_operator_that_fails() -> None:
    export = exported("mixed-dtypes")
    inputs = random_inputs(export.plan, 1)
    inputs["tokens"] = np.full_like(inputs["tokens"], 10_000)  # the table has 16 rows
    with pytest.raises(FileRejectedError, match="fails to run the file") as caught:
        export.file.run(inputs)
    assert caught.value.where == str(export.file.path)
    assert caught.value.received


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a LiteRT file"),
        (b"TFL3", "not a LiteRT file"),
        (b"PK\x03\x04 a .keras file, renamed", "not a LiteRT file"),
        (b"\xff" * 4 + b"TFL3" + b"\xff" * 100, "not a LiteRT file"),
        (bytes(4) + b"TFL3" + bytes(100), "no signature"),
    ],
)
def test_what_is_no_litert_file(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(FileRejectedError, match=message) as caught:
        lir.LiteRTFile(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file(share: float, tmp_path: Path) -> None:
    content = exported("dict").content
    path = tmp_path / "model.tflite"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FileRejectedError, match=r"not a LiteRT file|does not load"):
        lir.LiteRTFile(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tflite")
    for path in (tmp_path / "pipe.tflite", Path("/dev/zero")):
        with pytest.raises(FileRejectedError, match="no file"):
            lir.LiteRTFile(path)


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan")])
def test_what_is_no_timeout(timeout: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        lir.LiteRTFile(exported("single").file.path, timeout=timeout)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lir.LiteRTFile(tmp_path / "none.tflite")


def _quantization(path: Path, side: str) -> tuple[float, int]:
    """Scale and zero point of the file's only input or output, as the interpreter reads them."""
    interpreter = load_interpreter().Interpreter(model_path=str(path))
    (entry,) = getattr(interpreter, f"get_{side}_details")()
    scale, zero_point = entry["quantization"]
    return float(scale), int(zero_point)


@pytest.mark.parametrize(
    ("request_", "lowest", "highest"), [("int8", -128, 127), ("uint8", 0, 255)]
)
def test_values_beyond_the_range_saturate(request_: str, lowest: int, highest: int) -> None:
    file = quantized(request_).file
    landed = file.quantize("image", np.array([-1e6, 1e6], np.float32))
    assert landed.tolist() == [lowest, highest]
    assert landed.dtype == request_


@given(st.floats(-2.0, 2.0, width=32))
def test_an_integer_input_is_within_half_a_step(value: float) -> None:
    file = quantized("int8").file
    scale, zero_point = _quantization(file.path, "input")
    (landed,) = file.quantize("image", np.array([value], np.float32))
    assert abs((int(landed) - zero_point) * scale - value) <= scale / 2 * 1.001


def test_integer_outputs_stand_for_real_values() -> None:
    file = quantized("int8").file
    scale, zero_point = _quantization(file.path, "output")
    codes = np.array([-128, 0, zero_point, 127], np.int8)
    values = file.dequantize("scores", codes)
    assert values.dtype == np.float32
    np.testing.assert_allclose(
        values, [(int(c) - zero_point) * scale for c in codes], rtol=1e-6, atol=1e-7
    )


def test_floats_and_plain_integers_stay_as_they_are() -> None:
    float_file, tokens_file = exported("single").file, exported("mixed-dtypes").file
    tokens = np.array([[1, 2, 3]], np.int32)
    assert float_file.quantize("features", X) is X
    assert float_file.dequantize("scores", X) is X
    assert tokens_file.quantize("tokens", tokens) is tokens
