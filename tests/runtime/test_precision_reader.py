"""The precisions that a file's tensors show."""

from __future__ import annotations

from pathlib import Path

import pytest

import litert_ir as lir
from litert_ir.errors import FileRejectedError
from litert_ir.ir.quantization import Precision
from litert_ir.runtime.precision_reader import read_precisions
from tests.conversion.quantized import quantized


@pytest.mark.parametrize(
    ("request_name", "precisions"),
    [
        ("float", (Precision.FLOAT,)),
        ("default", (Precision.DYNAMIC_RANGE,)),
        ("float16", (Precision.FLOAT16_WEIGHTS,)),
        ("integer", (Precision.INTEGER,)),
        ("uint8", (Precision.INTEGER,)),
        ("16x8", (Precision.INTEGER_16X8,)),
    ],
)
def test_files_of_tensorflows_converter(
    request_name: str, precisions: tuple[Precision, ...]
) -> None:
    assert read_precisions(quantized(request_name).file.path) == precisions


MIXED = lir.Quantization.named("dynamic", {"scores": "skip", "conv2d_1": "weight-only-int4"})


@pytest.mark.parametrize(
    ("recipe", "precisions"),
    [
        ("weight-only-int8", (Precision.WEIGHT_ONLY_INT8,)),
        ("weight-only-int4", (Precision.WEIGHT_ONLY_INT4,)),
        (MIXED, (Precision.DYNAMIC_RANGE, Precision.WEIGHT_ONLY_INT4)),
    ],
    ids=["weight-only-int8", "weight-only-int4", "mixed"],
)
def test_files_of_litert_s_quantizer(
    recipe: str | lir.Quantization, precisions: tuple[Precision, ...], tmp_path: Path
) -> None:
    path = tmp_path / "small.tflite"
    lir.quantize_file(quantized("float").file.path, path, quantization=recipe, verify=False)
    assert read_precisions(path) == precisions


def test_what_is_no_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"\x08\x00\x00\x00TFL3" + b"\x01" * 100)
    with pytest.raises(FileRejectedError):
        read_precisions(path)
