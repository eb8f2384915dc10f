"""The ranges of integers in a JAX program that follow from sizes alone."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs


@attrs.frozen
class Range:
    """Whole numbers between two inclusive bounds; truth values are 0 and 1.

    Attributes:
        least: The smallest that there may be.
        most: The largest.
    """

    least: int
    most: int


def range_of(equation: Any, inputs: Sequence[Range | None]) -> Range | None:
    """The range of an equation's only result; None where it is not known.

    Args:
        equation: Of a jaxpr.
        inputs: The ranges of its arguments.
    """
    name = equation.primitive.name
    if name == "iota":
        return Range(0, max(equation.params["shape"][equation.params["dimension"]] - 1, 0))
    given = [found for found in inputs if found is not None]
    if not given or len(given) < len(inputs):
        return None
    if name in _SAME:
        return given[0]
    rule = _RULES.get(name)
    return None if rule is None else rule(given)


def _union(ranges: Sequence[Range]) -> Range:
    return Range(min(r.least for r in ranges), max(r.most for r in ranges))


def _corners(function: Callable[[int, int], int]) -> Callable[[Sequence[Range]], Range]:
    """The range of a function that is monotonic in each argument, from the arguments' bounds."""

    def rule(ranges: Sequence[Range]) -> Range:
        a, b = ranges
        ends = [function(*pair) for pair in itertools.product((a.least, a.most), (b.least, b.most))]
        return Range(min(ends), max(ends))

    return rule


def _selected(ranges: Sequence[Range]) -> Range:
    """Unite the ranges of a choice's cases; take one alone where the choice is sure."""
    which, *cases = ranges
    return _union(cases[which.least : which.most + 1])


def _clamped(ranges: Sequence[Range]) -> Range:
    low, value, high = ranges
    least = min(max(value.least, low.least), high.most)
    return Range(least, max(least, min(value.most, high.most)))


def _less(ranges: Sequence[Range]) -> Range:
    a, b = ranges
    return Range(int(a.most < b.least), int(a.least < b.most))


def _greater_or_equal(ranges: Sequence[Range]) -> Range:
    less = _less(ranges)
    return Range(1 - less.most, 1 - less.least)


_SAME = frozenset(
    {"broadcast_in_dim", "convert_element_type", "copy", "expand_dims", "reshape", "rev", "slice"}
    | {"squeeze", "transpose"}
)
"""Operations whose result holds elements of their operand alone."""

_RULES: Mapping[str, Callable[[Sequence[Range]], Range]] = {
    "add": _corners(operator.add),
    "sub": _corners(operator.sub),
    "mul": _corners(operator.mul),
    "min": _corners(min),
    "max": _corners(max),
    "concatenate": _union,
    "pad": _union,
    "select_n": _selected,
    "clamp": _clamped,
    "lt": _less,
    "ge": _greater_or_equal,
}
