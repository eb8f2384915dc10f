"""Divide a rectangle into parts of given areas that are as square as they can be.

Source: Bruls, Huizing, van Wijk: Squarified Treemaps, 2000. Parts are laid along the shorter side
of what is left, in rows, the largest first; a part joins the row as long as that makes its worst
ratio of sides no worse.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class Rectangle:
    """A rectangle, in any unit.

    Attributes:
        x: Its left side.
        y: Its upper side.
        width: Its width.
        height: Its height.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Its area."""
        return self.width * self.height

    def inside(self, margin: float, top: float = 0.0) -> Rectangle:
        """Return what is left without a margin on all sides, and a strip at the top."""
        return Rectangle(
            self.x + margin,
            self.y + margin + top,
            max(0.0, self.width - 2 * margin),
            max(0.0, self.height - 2 * margin - top),
        )


def squarified(sizes: Sequence[float], within: Rectangle) -> tuple[Rectangle, ...]:
    """Divide a rectangle.

    Args:
        sizes: The relative areas of the parts, from the largest to the smallest; none is negative.
        within: The rectangle.

    Returns:
        The parts, in the order of the sizes.

    Example:
        >>> squarified([2, 1, 1], Rectangle(0, 0, 4, 2))[0]
        Rectangle(x=0, y=0, width=2.0, height=2.0)
    """
    total = sum(sizes)
    if not total:
        return tuple(Rectangle(within.x, within.y, 0, 0) for _ in sizes)
    scale = within.area / total
    areas = [size * scale for size in sizes]
    parts: list[Rectangle] = []
    rest = within
    while len(parts) < len(areas):
        row = _row(areas[len(parts) :], min(rest.width, rest.height))
        placed, rest = _placed(row, rest)
        parts += placed
    return tuple(parts)


def _row(areas: Sequence[float], side: float) -> Sequence[float]:
    """Return the first areas, as many as make a row along a side."""
    count, best = 1, _worst_ratio(areas[0], areas[0], areas[0], side)
    total = areas[0]
    while count < len(areas):
        total += areas[count]
        ratio = _worst_ratio(areas[0], areas[count], total, side)
        if ratio > best:
            break
        best = ratio
        count += 1
    return areas[:count]


def _worst_ratio(largest: float, smallest: float, total: float, side: float) -> float:
    """Return the worst ratio of sides in a row; areas of zero and empty sides are worst."""
    if not smallest or not side:
        return float("inf")
    return max(side**2 * largest / total**2, total**2 / (side**2 * smallest))


def _placed(row: Sequence[float], rest: Rectangle) -> tuple[list[Rectangle], Rectangle]:
    """Place a row along the shorter side; return its parts, and what is left."""
    total = sum(row)
    lies = rest.width < rest.height
    side = rest.width if lies else rest.height
    depth = total / side if side else 0.0
    parts: list[Rectangle] = []
    position = rest.x if lies else rest.y
    for area in row:
        length = side * area / total if total else 0.0
        if lies:
            parts.append(Rectangle(position, rest.y, length, depth))
        else:
            parts.append(Rectangle(rest.x, position, depth, length))
        position += length
    if lies:
        left = Rectangle(rest.x, rest.y + depth, rest.width, max(0.0, rest.height - depth))
    else:
        left = Rectangle(rest.x + depth, rest.y, max(0.0, rest.width - depth), rest.height)
    return parts, left
