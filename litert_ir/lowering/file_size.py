"""How many bytes a model's weights take in the file that strategies write."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import ml_dtypes  # noqa: F401  (registers bfloat16 and float8 with numpy)
import numpy as np

from litert_ir.backends.layers import own_weights, paths_by_id
from litert_ir.backends.quantized_layers import WeightRole, computed_weights
from litert_ir.ir.stored import StoredAs, StoredType

_HALF = frozenset({"bfloat16", "float16"})
_SINGLE_BYTES = 4


def bytes_in_file(model: Any, stored: Iterable[StoredType]) -> int:
    """Bytes of the weights as strategies write them.

    Dequantized kernels and 16-bit weights beyond float16 take as much as float32 ones.

    Args:
        model: A built Keras model.
        stored: Its `stored_types`.
    """
    computed = computed_weights(model)
    kernels = {id(weight.layer) for weight in computed if weight.role is WeightRole.KERNEL}
    halves = {item.layer for item in stored if item.weights is StoredAs.FLOAT16}
    paths = paths_by_id(model)
    total = sum(_nbytes(weight.shape, np.dtype(weight.dtype).itemsize) for weight in computed)
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
