"""Estimate the bytes that a model's weights take in the file."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import ml_dtypes  # noqa: F401  (registers bfloat16 and float8 with numpy)
import numpy as np

from litert_ir.backends.keras.held_variables import held_variables
from litert_ir.backends.keras.layers import own_weights, paths_by_id
from litert_ir.backends.keras.quantized_layers import WeightRole, computed_weights
from litert_ir.ir.estimate import (
    FileEstimate,
    estimate_for,
    estimate_of_layers,
    stored_bytes,
)
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.quantization import Precision
from litert_ir.ir.stored_types import StoredAs, StoredType

_HALF = frozenset({"bfloat16", "float16"})
_SINGLE_BYTES = 4
_FLOAT = Precision.FLOAT


def estimate_of(model: Any, stored: tuple[StoredType, ...], options: FileOptions) -> FileEstimate:
    """Estimate the size of the file and the memory of the conversion.

    Args:
        model: A built Keras model.
        stored: Its `stored_types`.
        options: The file options; their recipe applies to the dequantized weights.
    """
    if options.quantizes:
        return estimate_for(bytes_in_file(model, ()), options.precision)
    written = bytes_in_file(model, stored)
    kept = written - _saved(model, stored)
    return estimate_of_layers(written, kept) if kept < written else estimate_for(written, _FLOAT)


def _saved(model: Any, stored: Iterable[StoredType]) -> int:
    """Count the bytes that the file's quantizer saves on dequantized kernels."""
    precisions = {item.layer: item.precision for item in stored if not item.by_strategy}
    paths = paths_by_id(model)
    saved = 0
    for weight in computed_weights(model):
        precision = precisions.get(paths[id(weight.layer)], _FLOAT)
        if weight.role is not WeightRole.TABLE:
            size = _nbytes(weight.shape, np.dtype(weight.dtype).itemsize)
            saved += size - stored_bytes(size, precision)
    return saved


def bytes_in_file(model: Any, stored: Iterable[StoredType]) -> int:
    """Count the bytes of the weights in the file.

    Dequantized kernels, and 16-bit weights beyond the range of float16, are stored as float32.

    Args:
        model: A built Keras model.
        stored: Its `stored_types`.
    """
    computed = computed_weights(model)
    kernels = {id(weight.layer) for weight in computed if weight.role is WeightRole.KERNEL}
    halves = {item.layer for item in stored if item.weights is StoredAs.FLOAT16}
    paths = paths_by_id(model)
    total = sum(_nbytes(weight.shape, np.dtype(weight.dtype).itemsize) for weight in computed)
    total += sum(_written(variable, half=False) for variable in held_variables(model))
    for layer, weights in own_weights(model):
        written = [w for w in weights if id(layer) not in kernels or w is layer.bias]
        total += sum(_written(weight, paths[id(layer)] in halves) for weight in written)
    return total


def _written(weight: Any, half: bool) -> int:
    dtype = np.dtype(weight.dtype)
    widened = dtype.name in _HALF and not half
    return _nbytes(weight.shape, _SINGLE_BYTES if widened else dtype.itemsize)


def _nbytes(shape: Iterable[int], itemsize: int) -> int:
    return math.prod(map(int, shape)) * itemsize
