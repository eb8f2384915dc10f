"""Ranges of values' elements in the TFL dialect: bounds, and whether one may be NaN."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Self

import attrs
import numpy as np

from litert_ir.stablehlo.mlir.interfaces import Operation, Value
from litert_ir.stablehlo.mlir.values import (
    constant_array,
    dtype_of,
    is_static,
    is_tensor,
    producer,
    text,
)
from litert_ir.stablehlo.weights.elementwise_functions import DTYPES


@attrs.frozen
class Range:
    """The range of all elements of a value.

    Attributes:
        low: A number that none of them is below, NaN apart.
        high: A number that none of them is above, NaN apart.
        has_nan: Whether one may be NaN.
    """

    low: float = -math.inf
    high: float = math.inf
    has_nan: bool = True

    @property
    def holds_zero(self) -> bool:
        """Tell whether an element may be zero, or may become it by flushing subnormal numbers."""
        return self.low < _TINY and self.high > -_TINY

    @property
    def is_positive(self) -> bool:
        """Tell whether every element that is a number is above zero, as a normal number."""
        return self.low >= _TINY

    @property
    def may_be_infinite(self) -> bool:
        """Tell whether an element may be infinite."""
        return math.isinf(self.low) or math.isinf(self.high)

    def joined(self, other: Range) -> Range:
        """The range of elements that come from either one."""
        has_nan = self.has_nan or other.has_nan
        return Range(min(self.low, other.low), max(self.high, other.high), has_nan)

    def clamped(self, low: float, high: float) -> Range:
        """The range of elements that are kept between two numbers."""
        ends = [min(max(end, low), high) for end in (self.low, self.high)]
        return Range.of(ends, has_nan=self.has_nan)

    @classmethod
    def of(cls, ends: Sequence[float], *, has_nan: bool) -> Self:
        """The range that has these numbers, of which some may be NaN, within it."""
        known = [end for end in ends if not math.isnan(end)]
        if len(known) < len(ends) or not known:
            return cls(has_nan=True)
        return cls(min(known), max(known), has_nan)


_TINY = 2 * float(np.finfo(np.float32).tiny)
"""Twice the smallest normal number of float32: intermediate roundings do not make it zero."""

ANYTHING = Range()
"""The unbounded range, NaN included."""


def rounded(number: float) -> float:
    """Round a number to float32's range: what is too large is infinite."""
    return math.copysign(math.inf, number) if abs(number) > np.finfo(np.float32).max else number


_MOST_DEEP = 200
"""The greatest depth of producers to follow."""


class ValueRanges:
    """The ranges of a module's values, found when they are asked for.

    They hold while the module's operations compute what they computed at first.
    """

    def __init__(self) -> None:
        self._known: dict[Value, Range] = {}

    def of(self, value: Value, depth: int = 0) -> Range:
        """The range of a value's elements."""
        if value not in self._known:
            found = _of_type(value) if depth > _MOST_DEEP else self._found(value, depth + 1)
            if depth <= _MOST_DEEP:
                self._known[value] = found
            return found
        return self._known[value]

    def _found(self, value: Value, depth: int) -> Range:
        op = producer(value)
        if op is None or not is_static(value):
            return _of_type(value)
        if "value" in op.attributes and not op.operands:
            return _of_constant(op)
        rule = _RULES.get(op.name)
        if rule is None or dtype_of(value) != "float32":  # integers that do not fit wrap around
            return _of_type(value)
        found = rule(op, [self.of(operand, depth) for operand in op.operands])
        return _activated(op, found)


def _of_type(value: Value) -> Range:
    dtype = dtype_of(value) if is_tensor(value) else ""
    if dtype == "bool":
        return Range(0.0, 1.0, has_nan=False)
    if dtype in DTYPES and np.issubdtype(np.dtype(dtype), np.integer):
        limits = np.iinfo(dtype)
        return Range(float(limits.min), float(limits.max), has_nan=False)
    return ANYTHING


def _of_constant(op: Operation) -> Range:
    (value,) = op.results
    if dtype_of(value) not in DTYPES:
        return _of_type(value)
    array = constant_array(op)
    if not array.size:
        return ANYTHING
    with np.errstate(invalid="ignore"):
        ends = [float(array.min()), float(array.max())]
    return Range.of(ends, has_nan=False)


def _activated(op: Operation, found: Range) -> Range:
    """The range after the activation that is fused into an operation."""
    name = text(op, "fused_activation_function", "NONE")
    if name == "NONE":
        return found
    ends = _ACTIVATIONS.get(name)
    return found.clamped(*ends) if ends else ANYTHING


_ACTIVATIONS = MappingProxyType(
    {"RELU": (0.0, math.inf), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}
)

_Rule = Callable[[Operation, Sequence[Range]], Range]


def _first(_op: Operation, operands: Sequence[Range]) -> Range:
    """Elements of the first operand."""
    return operands[0]


def _second(_op: Operation, operands: Sequence[Range]) -> Range:
    return operands[1]


def _any_of(_op: Operation, operands: Sequence[Range]) -> Range:
    found = operands[0]
    for other in operands[1:]:
        found = found.joined(other)
    return found


def _chosen(_op: Operation, operands: Sequence[Range]) -> Range:
    return operands[1].joined(operands[2])


def _padded(_op: Operation, operands: Sequence[Range]) -> Range:
    return operands[0].joined(Range(0.0, 0.0, has_nan=False))


def _sum(_op: Operation, operands: Sequence[Range]) -> Range:
    """The range of a sum of at least one term; the count may depend on the sizes of inputs."""
    x = operands[0]
    low = x.low if x.low >= 0 else -math.inf
    high = x.high if x.high <= 0 else math.inf
    return Range(low, high, x.has_nan or (x.low < 0 < x.high))


def _clamped(low: float, high: float) -> _Rule:
    return lambda _op, operands: operands[0].clamped(low, high)


def _within(low: float, high: float, *, infinities_matter: bool = False) -> _Rule:
    """A function with these bounds, that gives NaN for NaN, and for infinities if they matter."""

    def rule(_op: Operation, operands: Sequence[Range]) -> Range:
        has_nan = operands[0].has_nan or (operands[0].may_be_infinite and infinities_matter)
        return Range(low, high, has_nan)

    return rule


def _rising(function: Callable[[float], float], least: float = -math.inf) -> _Rule:
    """A nondecreasing function that gives NaN below ``least``."""

    def rule(_op: Operation, operands: Sequence[Range]) -> Range:
        x = operands[0]
        ends = [function(max(end, least)) for end in (x.low, x.high)]
        return Range.of(ends, has_nan=x.has_nan or x.low < least)

    return rule


def _exponential(number: float) -> float:
    return math.exp(number) if number < math.log(float(np.finfo(np.float32).max)) else math.inf


def _logarithm(number: float) -> float:
    return math.log(number) if number > 0 else -math.inf


def _reciprocal_root(_op: Operation, operands: Sequence[Range]) -> Range:
    x = operands[0]
    ends = [1.0 / math.sqrt(end) if end > 0 else math.inf for end in (x.high, x.low)]
    return Range.of(ends, has_nan=x.has_nan or x.low < 0)


def _negative(_op: Operation, operands: Sequence[Range]) -> Range:
    x = operands[0]
    return Range(-x.high, -x.low, x.has_nan)


def _absolute(_op: Operation, operands: Sequence[Range]) -> Range:
    x = operands[0]
    low = 0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
    return Range(low, max(abs(x.low), abs(x.high)), x.has_nan)


def _square(op: Operation, operands: Sequence[Range]) -> Range:
    size = _absolute(op, operands)
    return Range(_times(size.low, size.low), _times(size.high, size.high), size.has_nan)


def _sums(op: Operation, operands: Sequence[Range]) -> Range:
    x, y = operands
    if op.name == "tfl.sub":
        y = _negative(op, [y])
    pairs = ((x.low, y.high), (x.high, y.low))
    opposed = any(math.isinf(one) and math.isinf(other) for one, other in pairs)
    ends = [rounded(x.low + y.low), rounded(x.high + y.high)]
    return Range.of(ends, has_nan=x.has_nan or y.has_nan or opposed)


def _squared_difference(_op: Operation, operands: Sequence[Range]) -> Range:
    x, y = operands
    opposed = x.may_be_infinite and y.may_be_infinite
    return Range(0.0, math.inf, x.has_nan or y.has_nan or opposed)


def _product(op: Operation, operands: Sequence[Range]) -> Range:
    x, y = operands
    if op.operands[0] == op.operands[1]:
        return _square(op, operands)
    undefined = (x.holds_zero and y.may_be_infinite) or (y.holds_zero and x.may_be_infinite)
    ends = [_times(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    return Range.of(ends, has_nan=x.has_nan or y.has_nan or undefined)


def _times(left: float, right: float) -> float:
    return 0.0 if 0.0 in (left, right) else rounded(left * right)


def _quotient(_op: Operation, operands: Sequence[Range]) -> Range:
    x, y = operands
    if y.holds_zero:
        return ANYTHING
    undefined = x.may_be_infinite and y.may_be_infinite
    inverse = Range.of([1.0 / y.low, 1.0 / y.high], has_nan=False)
    ends = [_times(a, b) for a in (x.low, x.high) for b in (inverse.low, inverse.high)]
    return Range.of(ends, has_nan=x.has_nan or y.has_nan or undefined)


def _greater(_op: Operation, operands: Sequence[Range]) -> Range:
    """Bound a maximum: where one side is NaN, kernels may return the other side."""
    x, y = operands
    lows = [max(x.low, y.low)]
    lows += [y.low] if x.has_nan else []
    lows += [x.low] if y.has_nan else []
    return Range(min(lows), max(x.high, y.high), x.has_nan or y.has_nan)


def _lesser(op: Operation, operands: Sequence[Range]) -> Range:
    return _negative(op, [_greater(op, [_negative(op, [operand]) for operand in operands])])


def _named(rule: _Rule, *names: str) -> dict[str, _Rule]:
    return {f"tfl.{name}": rule for name in names}


_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        **_named(
            _first, "broadcast_to", "cast", "depth_to_space", "expand_dims", "gather", "gather_nd"
        ),
        **_named(_first, "max_pool_2d", "mirror_pad", "reduce_max", "reduce_min", "reshape"),
        **_named(_first, "reverse_v2", "slice", "space_to_depth", "squeeze", "strided_slice"),
        **_named(_first, "tile", "transpose", "unpack"),
        **_named(_second, "split"),
        **_named(_any_of, "concatenation", "pack"),
        **_named(_chosen, "select", "select_v2"),
        **_named(_padded, "pad"),
        **_named(_sum, "average_pool_2d", "mean", "sum"),
        **_named(_sums, "add", "sub"),
        **_named(_squared_difference, "squared_difference"),
        **_named(_product, "mul"),
        **_named(_quotient, "div"),
        **_named(_greater, "maximum"),
        **_named(_lesser, "minimum"),
        **_named(_negative, "neg"),
        **_named(_absolute, "abs"),
        **_named(_square, "square"),
        **_named(_clamped(0.0, math.inf), "relu"),
        **_named(_clamped(0.0, 6.0), "relu6"),
        **_named(_clamped(0.0, 1.0), "relu_0_to_1"),
        **_named(_clamped(-1.0, math.inf), "elu"),
        **_named(_within(0.0, 1.0), "logistic"),
        **_named(_within(0.0, 1.0, infinities_matter=True), "softmax"),
        **_named(_within(-1.0, 1.0), "sign", "tanh"),
        **_named(_rising(_exponential), "exp"),
        **_named(_rising(_logarithm, 0.0), "log"),
        **_named(_rising(math.sqrt, 0.0), "sqrt"),
        **_named(_reciprocal_root, "rsqrt"),
    }
)
"""The range of an operation's result, from the ranges of its operands."""
