"""Translate a recipe to the entries of LiteRT's quantizer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from litert_ir.backends.litert.file_quantizer import Entry
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.tensor import DType

SMALLEST_WEIGHT = 1024
"""The number of elements below which a weight stays float where activations do; TensorFlow's
converter has the same threshold (`kWeightsMinNumElementsDefault` in its quantize_weights.h).
"""

_UNIFORM, _CASTING, _NOTHING = "min_max_uniform_quantize", "float_casting", "no_quantize"
_ALL = ".*"
_SIDES = ("INPUT", "OUTPUT")
"""The quantizer's operators at the interface of each subgraph."""


def entries_of(
    recipe: Quantization,
    exceptions: Iterable[tuple[str, Precision]],
    bodies: Iterable[str] = (),
) -> tuple[Entry, ...]:
    """Return all entries; the last one that an operator's kernel supports applies to it.

    Args:
        recipe: The recipe.
        exceptions: The scopes of operators that have another precision than the recipe's own.
        bodies: The scopes of the inputs and outputs of loop bodies, which stay float.
    """
    entries = [*_of(recipe.precision, _ALL)]
    for scope, precision in exceptions:
        # Else operators without a kernel of this precision would keep the recipe's own.
        entries.append(_entry(f"(?#reset){_exactly(scope)}", _NOTHING, {}))
        entries.extend(_of(precision, _exactly(scope)))
    entries.extend(_interface(recipe))
    for scope in bodies:
        entries.extend(_entry(_exactly(scope), _NOTHING, {}, side) for side in _SIDES)
    return tuple(entries)


def _exactly(scope: str) -> str:
    return f"^{re.escape(scope)}$"


def _of(precision: Precision, regex: str) -> Iterator[Entry]:
    match precision:
        case Precision.FLOAT:
            yield _entry(regex, _NOTHING, {})
        case Precision.FLOAT16_WEIGHTS:
            yield _entry(regex, _CASTING, _weights(16, dtype="FLOAT") | _in_float(0))
        case Precision.DYNAMIC_RANGE:
            yield _entry(regex, _UNIFORM, _weights(8) | _in_integers(SMALLEST_WEIGHT))
        case Precision.WEIGHT_ONLY_INT8:
            yield _entry(regex, _UNIFORM, _weights(8) | _in_float(SMALLEST_WEIGHT))
        case Precision.WEIGHT_ONLY_INT4:
            # Operators without a 4-bit kernel (depthwise convolutions) get 8 bits.
            yield _entry(f"(?#wider){regex}", _UNIFORM, _weights(8) | _in_float(SMALLEST_WEIGHT))
            yield _entry(regex, _UNIFORM, _weights(4) | _in_float(SMALLEST_WEIGHT))
        case Precision.INTEGER:
            yield _entry(regex, _UNIFORM, _weights(8) | _activations(8) | _in_integers(0))
        case Precision.INTEGER_16X8:
            yield _entry(regex, _UNIFORM, _weights(8) | _activations(16) | _in_integers(0))


def _interface(recipe: Quantization) -> Iterator[Entry]:
    """Keep float inputs and outputs as they are: by default the quantizer makes them integers."""
    types = (recipe.input_type, recipe.output_type)
    for operation, dtype in zip(_SIDES, types, strict=True):
        if dtype is DType.FLOAT32:
            yield _entry(f"(?#interface){_ALL}", _NOTHING, {}, operation)


def _entry(regex: str, algorithm: str, config: Mapping[str, Any], operation: str = "*") -> Entry:
    return {
        "regex": regex,
        "operation": operation,
        "algorithm_key": algorithm,
        "op_config": dict(config),
    }


def _weights(bits: int, dtype: str = "INT") -> dict[str, Any]:
    granularity = "CHANNELWISE" if dtype == "INT" else "TENSORWISE"
    return {
        "weight_tensor_config": {
            "num_bits": bits,
            "symmetric": True,
            "granularity": granularity,
            "dtype": dtype,
        }
    }


def _activations(bits: int) -> dict[str, Any]:
    """Return the quantizer's settings for activations; int16 kernels require a zero point of 0."""
    return {
        "activation_tensor_config": {
            "num_bits": bits,
            "symmetric": bits == 16,
            "granularity": "TENSORWISE",
            "dtype": "INT",
        }
    }


def _in_integers(smallest: int) -> dict[str, Any]:
    return {
        "compute_precision": "INTEGER",
        "explicit_dequantize": False,
        "min_weight_elements": smallest,
    }


def _in_float(smallest: int) -> dict[str, Any]:
    return {
        "compute_precision": "FLOAT",
        "explicit_dequantize": True,
        "min_weight_elements": smallest,
    }
