"""Elementwise functions on arrays, with the results that StableHLO gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.weights.elementwise_functions import BinaryFunction, UnaryFunction
from litert_ir.stablehlo.weights.row_major import row_major

Array = NDArray[Any]

_HALVES = frozenset({"bfloat16", "float16"})
"""Computed in float32 and rounded once, as XLA does."""


def converted(array: Array, dtype: str) -> Array:
    """The elements in another type; what does not fit an integer is unspecified."""
    with np.errstate(all="ignore"):
        return array.astype(np.dtype(dtype))


def unary(function: UnaryFunction, array: Array) -> Array:
    """A function of each element, in the array's type."""
    return _elementwise(_UNARY[function], array)


def binary(function: BinaryFunction, left: Array, right: Array) -> Array:
    """A function of the elements at the same place, in the arrays' type."""
    return _elementwise(_BINARY[function], left, right)


def _elementwise(function: Callable[..., Any], *operands: Array) -> Array:
    """Compute elementwise in contiguous memory, so that an element's result has one rounding.

    numpy has other implementations, which round differently, for other memory layouts.
    """
    dtype = operands[0].dtype
    working = np.dtype("float32") if dtype.name in _HALVES else dtype
    with np.errstate(all="ignore"):
        result = function(*(row_major(operand.astype(working, copy=False)) for operand in operands))
        rounded: Array = np.asarray(result, dtype)
    return rounded


def _sign(array: Array) -> Array:
    """The sign; that of a zero is the zero itself."""
    signs: Array = np.sign(array)
    return np.where(array == 0, array, signs)


def _rsqrt(array: Array) -> Array:
    return np.reciprocal(np.sqrt(array))


def _logistic(array: Array) -> Array:
    grown: Array = 1 + np.exp(-array)
    return np.reciprocal(grown)


_UNARY: Mapping[UnaryFunction, Callable[[Array], Array]] = {
    UnaryFunction.NEGATE: np.negative,
    UnaryFunction.ABS: np.abs,
    UnaryFunction.SIGN: _sign,
    UnaryFunction.SQRT: np.sqrt,
    UnaryFunction.RSQRT: _rsqrt,
    UnaryFunction.EXPONENTIAL: np.exp,
    UnaryFunction.LOG: np.log,
    UnaryFunction.TANH: np.tanh,
    UnaryFunction.LOGISTIC: _logistic,
    UnaryFunction.FLOOR: np.floor,
    UnaryFunction.CEIL: np.ceil,
}
_BINARY: Mapping[BinaryFunction, Callable[[Array, Array], Array]] = {
    BinaryFunction.ADD: np.add,
    BinaryFunction.SUBTRACT: np.subtract,
    BinaryFunction.MULTIPLY: np.multiply,
    BinaryFunction.DIVIDE: np.divide,
    BinaryFunction.MAXIMUM: np.maximum,
    BinaryFunction.MINIMUM: np.minimum,
    BinaryFunction.POWER: np.power,
}
