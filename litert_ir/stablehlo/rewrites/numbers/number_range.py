"""A range of float32 numbers, with or without NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np


@attrs.frozen
class Range:
    """What is known of all elements of a value.

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
        """Whether an element may be zero, or may become it by flushing subnormal numbers."""
        return self.low < _TINY and self.high > -_TINY

    @property
    def is_positive(self) -> bool:
        """Whether every element that is a number is above zero, as a normal number."""
        return self.low >= _TINY

    @property
    def may_be_infinite(self) -> bool:
        """Whether an element may be infinite."""
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
"""Twice the smallest normal number of float32: roundings on the way do not make it zero."""

ANYTHING = Range()
"""The range of a value of which nothing is known."""


def rounded(number: float) -> float:
    """A number that float32 can hold, but for its precision: what is too large is infinite."""
    return math.copysign(math.inf, number) if abs(number) > np.finfo(np.float32).max else number
