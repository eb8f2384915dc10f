"""Render the expression of a weight for a reader: ``transpose(kernel, [1, 0])``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np

from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Broadcast,
    Concatenate,
    Convert,
    Literal,
    Pad,
    Parameter,
    Reshape,
    Reverse,
    Slice,
    Transpose,
    Unary,
    WeightExpr,
)
from litert_ir.stablehlo.weights.parameters import sources_of

_MOST_NUMBERS = 64
"""A literal array of more elements is shown by its type."""
_NO_NAMES: Mapping[int, str] = MappingProxyType({})


def weight_text(expr: WeightExpr, names: Mapping[int, str] = _NO_NAMES) -> str:
    """Render an expression as calls of functions that bear StableHLO's names.

    Args:
        expr: The expression.
        names: The parameters' names, by index; others are ``parameter 3``.
    """
    sources = [weight_text(source, names) for source in sources_of(expr)]
    match expr:
        case Parameter():
            return names.get(expr.index, f"parameter {expr.index}")
        case Literal():
            return _literal(expr)
        case Slice():
            return f"{sources[0]}[{', '.join(map(_range, expr.starts, expr.limits, expr.strides))}]"
        case Unary() | Binary():
            return f"{expr.function.value}({', '.join(sources)})"
        case Transpose() | Reshape() | Convert() | Broadcast() | Concatenate() | Reverse() | Pad():
            return f"{type(expr).__name__.lower()}({', '.join((*sources, *_settings(expr)))})"
        case _:
            assert_never(expr)


def _settings(
    expr: Transpose | Reshape | Convert | Broadcast | Concatenate | Reverse | Pad,
) -> tuple[str, ...]:
    """Return the arguments of a node's function other than its operands, as text."""
    match expr:
        case Transpose(permutation=numbers) | Reshape(shape=numbers):
            return (_list(numbers),)
        case Convert():
            return (expr.dtype,)
        case Broadcast():
            return (_list(expr.shape), f"dims = {_list(expr.dimensions)}")
        case Concatenate():
            return (f"dim = {expr.axis}",)
        case Reverse():
            return (f"dims = {_list(expr.axes)}",)
        case Pad():
            return _widths(expr)
        case _:
            assert_never(expr)


def _widths(expr: Pad) -> tuple[str, ...]:
    widths = {"low": expr.low, "high": expr.high, "interior": expr.interior}
    return tuple(f"{name} = {_list(values)}" for name, values in widths.items())


def _list(numbers: tuple[int, ...]) -> str:
    return str(list(numbers))


def _literal(expr: Literal) -> str:
    """The numbers in as few digits as tell them apart."""
    array = np.frombuffer(expr.data, np.dtype(expr.dtype)).reshape(expr.shape)
    if array.size > _MOST_NUMBERS:
        return f"<{'x'.join(map(str, expr.shape))} {expr.dtype}>"
    shown = np.array2string(array, separator=", ", threshold=_MOST_NUMBERS + 1, floatmode="unique")
    return " ".join(shown.split())


def _range(start: int, limit: int, stride: int) -> str:
    return f"{start}:{limit}" if stride == 1 else f"{start}:{limit}:{stride}"
