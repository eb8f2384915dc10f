"""Files with the calls that sample code has to make, each exported once."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_keras
from tests.metadata.described_models import METADATA, classifier, described

SEVERAL = ("tokens.1", "in", "w")
"""Names that are no identifiers of any language, or reserved words."""
LENGTH = lir.DynamicDim("length", minimum=4, maximum=64, multiple_of=4)
BATCH = lir.DynamicDim("batch")


Images = NDArray[Any]


def pixels(count: int = 1) -> Images:
    """Images in the range of pixels."""
    return np.random.default_rng(1).uniform(0, 255, (count, 8, 8, 3)).astype(np.float32)


def normalized(images: Images) -> Images:
    """Images as the model takes them."""
    known = METADATA.inputs[0].normalization
    assert known is not None
    return (images - np.array(known.mean, np.float32)) / np.array(known.std, np.float32)


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sample_code"))


def _fixed(path: Path) -> None:
    described(path, batch_size=1)


def _dynamic(path: Path) -> None:
    described(path)


def _integer(dtype: lir.DType) -> Callable[[Path], None]:
    def export(path: Path) -> None:
        samples = list(normalized(pixels(16))[:, None])
        recipe = lir.Quantization(lir.Precision.INTEGER, input_type=dtype, output_type=dtype)
        described(path, quantization=recipe, representative_dataset=samples)

    return export


@functools.cache
def several_inputs() -> Any:
    """A model of three inputs of different types, and two outputs."""
    keras = load_keras()
    tokens = keras.Input((None,), dtype="int32", name="tokens.1")
    mask = keras.Input((None,), dtype="bool", name="in")
    weights = keras.Input((2,), name="w")
    kept = keras.ops.cast(mask, "float32")[..., None]
    summed = keras.ops.sum(keras.layers.Embedding(10, 2)(tokens) * kept, axis=1) * weights
    return keras.Model([tokens, mask, weights], {"sum": summed, "let": tokens * 2})


def _several(path: Path) -> None:
    specs = (
        lir.TensorSpec(name="tokens.1", shape=(BATCH, LENGTH), dtype=lir.DType.INT32),
        lir.TensorSpec(name="in", shape=(BATCH, LENGTH), dtype=lir.DType.BOOL),
        lir.TensorSpec(name="w", shape=(BATCH, 2), dtype=lir.DType.FLOAT32),
    )
    lir.export(several_inputs(), path, input_signature=[list(specs)])


_EXPORTS: Mapping[str, Callable[[Path], None]] = {
    "fixed": _fixed,
    "dynamic": _dynamic,
    "uint8": _integer(lir.DType.UINT8),
    "int16": _integer(lir.DType.INT16),
    "several": _several,
}
NAMES = tuple(_EXPORTS)


@functools.cache
def sample_file(name: str) -> Path:
    """The file of a name in `NAMES`."""
    path = _folder() / f"{name}-1.tflite"
    _EXPORTS[name](path)
    return path


__all__ = [
    "METADATA",
    "NAMES",
    "SEVERAL",
    "classifier",
    "normalized",
    "pixels",
    "sample_file",
    "several_inputs",
]
