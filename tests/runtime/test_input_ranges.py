"""The ranges of a file's inputs that its integers stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from litert_ir.runtime.input_ranges import read_input_ranges
from tests.conversion.exports import exported
from tests.conversion.quantized import images, quantized
from tests.conversion.stubs import without_signature


@pytest.mark.parametrize("request_name", ["int8", "uint8", "integer", "16x8"])
def test_the_range_is_that_of_the_calibration_samples(request_name: str) -> None:
    ((least, largest),) = read_input_ranges(quantized(request_name).file.path).values()
    assert least == pytest.approx(float(images().min()), abs=0.5)
    assert largest == pytest.approx(float(images().max()), abs=0.5)


@pytest.mark.parametrize("request_name", ["float", "default", "float16"])
def test_a_file_that_computes_in_floats_has_none(request_name: str) -> None:
    assert read_input_ranges(quantized(request_name).file.path) == {}


def test_names_are_those_of_the_interface(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(without_signature(quantized("int8").content))
    assert list(read_input_ranges(quantized("int8").file.path)) == ["image"]
    assert list(read_input_ranges(path)) == ["image"]
    assert read_input_ranges(exported("mixed-dtypes").file.path) == {}
