"""Elementwise functions of weights, and the element types that they take."""

from __future__ import annotations

import enum

_FLOATING = frozenset({"bfloat16", "float16", "float32", "float64"})
_INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})
_NUMBERS = _FLOATING | _INTEGERS
DTYPES = _NUMBERS | {"bool"}
"""The element types that a weight can have, by numpy's names."""


class UnaryFunction(enum.Enum):
    """An elementwise function of one weight, by the name of its StableHLO op."""

    NEGATE = "negate"
    ABS = "abs"
    SIGN = "sign"
    SQRT = "sqrt"
    RSQRT = "rsqrt"
    EXPONENTIAL = "exponential"
    LOG = "log"
    TANH = "tanh"
    LOGISTIC = "logistic"
    FLOOR = "floor"
    CEIL = "ceil"

    def takes(self, dtype: str) -> bool:
        """Tell whether an operand can have elements of this type."""
        return dtype in (_NUMBERS if self in _OF_NUMBERS else _FLOATING)


class BinaryFunction(enum.Enum):
    """An elementwise function of two weights, by the name of its StableHLO op."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    POWER = "power"

    def takes(self, dtype: str) -> bool:
        """Tell whether operands can have elements of this type."""
        return dtype in (_FLOATING if self in _OF_FLOATS else _NUMBERS)


_OF_NUMBERS = frozenset({UnaryFunction.NEGATE, UnaryFunction.ABS, UnaryFunction.SIGN})
# StableHLO truncates where numpy floors, and takes negative exponents where numpy does not.
_OF_FLOATS = frozenset({BinaryFunction.DIVIDE, BinaryFunction.POWER})
