"""Float files and what the quantizer makes of them, each made once per test run."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from litert_ir.ir.quantization import PRECISION_NAMES, Quantization
from litert_ir.ir.tensor import DType
from litert_ir.quantization.file import quantize_file
from tests.conversion.exports import Array, exported, folder

Named = dict[str, Array]


def float_file() -> Path:
    """A model of an image and a vector, with two outputs and a dynamic batch."""
    return exported("dict", "stablehlo").file.path


def samples(count: int = 4, batch: int = 2) -> list[Named]:
    """Inputs of `float_file`, standard normal."""
    rng = np.random.default_rng(count)
    return [
        {
            "image": rng.standard_normal((batch, 8, 8, 3)).astype(np.float32),
            "extra": rng.standard_normal((batch, 4)).astype(np.float32),
        }
        for _ in range(count)
    ]


@functools.cache
def quantized_file(recipe: str, interface: DType = DType.FLOAT32) -> Path:
    """`float_file`, quantized by a recipe's name."""
    path = folder() / f"dict-{recipe}-{interface.value}.tflite"
    quantize_file(
        float_file(),
        path,
        Quantization(PRECISION_NAMES[recipe], input_type=interface, output_type=interface),
        samples(),
    )
    return path
