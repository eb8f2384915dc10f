"""Draw a tree of bytes as a treemap in SVG, with labels where they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from litert_ir.errors.shown import bytes_text
from litert_ir.inspection.page.byte_tree import ByteNode
from litert_ir.inspection.page.squarified import Rectangle, squarified
from litert_ir.inspection.page.text_width import fitting, text_width

_GAP = 1.0
"""Pixels around a group."""
_HEADER = 15.0
"""Pixels of the strip with a group's name."""
_SMALLEST_HEADED = (48.0, 40.0)
"""Width and height of a group below which it has no strip."""
_SMALLEST_CELL = 4.0
"""The area in pixels below which the cells of a group are drawn as one."""
_BOLD = 1.12
"""The width of bold letters, relative to others."""
_LINE = 14.0


def treemap(tree: ByteNode, width: int, height: int) -> str:
    """Draw a tree as an SVG element.

    Each cell is a group of class ``cell`` with the bytes that it stands for as ``data-bytes``; all
    of them sum up to the tree's. Types of elements are classes, such as ``type-int8``.

    Args:
        tree: The bytes.
        width: Pixels.
        height: Pixels.
    """
    drawn = "\n".join(_inside(tree, Rectangle(0, 0, width, height), 0))
    label = escape(f"{bytes_text(tree.size_bytes)} by layer and tensor")
    return (
        f'<svg class="treemap" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">\n'
        f"{drawn}\n</svg>"
    )


def _inside(node: ByteNode, place: Rectangle, shade: int) -> Iterator[str]:
    children = _drawable(node, place)
    parts = squarified([child.size_bytes for child in children], place)
    for number, (child, part) in enumerate(zip(children, parts, strict=True)):
        if child.children:
            yield from _group(child, part, shade + number)
        else:
            yield _cell(child, part, shade)


def _drawable(node: ByteNode, place: Rectangle) -> Sequence[ByteNode]:
    """Return the children, those that are too small to be seen as one."""
    smallest = _SMALLEST_CELL * node.size_bytes / place.area if place.area else float("inf")
    large = [child for child in node.children if child.size_bytes >= smallest]
    small = [leaf for child in node.children[len(large) :] for leaf in child.leaves()]
    if len(small) < 2:
        return node.children
    size = sum(each.size_bytes for each in small)
    kinds = {each.kind for each in small}
    joined = ByteNode(
        label="small ones",
        size_bytes=size,
        kind=kinds.pop() if len(kinds) == 1 else "mixed",
        title=f"{len(small)} small parts\n{bytes_text(size)} ({size:,} bytes)",
    )
    return sorted([*large, joined], key=lambda each: -each.size_bytes)


def _group(node: ByteNode, place: Rectangle, shade: int) -> Iterator[str]:
    """Draw a group: a strip with its name, where there is room, and its cells."""
    inner = place.inside(_GAP)
    headed = place.width >= _SMALLEST_HEADED[0] and place.height >= _SMALLEST_HEADED[1]
    yield f'<g class="group"><title>{escape(node.title)}</title>{_rect(inner)}'
    if headed:
        texts = (f"{node.label} {bytes_text(node.size_bytes)}", node.label)
        yield _text(texts, inner.x + 3, inner.y + 11, (inner.width - 6) / _BOLD)
        inner = inner.inside(_GAP, _HEADER - 1)
    yield "</g>"
    yield from _inside(node, inner, shade)


def _cell(node: ByteNode, place: Rectangle, shade: int) -> str:
    x, y = place.x + 4, place.y + 14
    room = place.width - 8
    lines = []
    if place.height >= _LINE + 4:
        shorter = node.label.rpartition("/")[0] or node.label
        lines.append(_text((node.label, shorter), x, y, room))
    size = bytes_text(node.size_bytes)
    if place.height >= 2 * _LINE + 4 and text_width(size) <= room:
        lines.append(_text((size,), x, y + _LINE, room))
    return (
        f'<g class="cell type-{escape(node.kind)} shade-{shade % 2}" '
        f'data-bytes="{node.size_bytes}"><title>{escape(node.title)}</title>'
        f"{_rect(place)}{''.join(lines)}</g>"
    )


def _rect(place: Rectangle) -> str:
    return (
        f'<rect x="{place.x:.2f}" y="{place.y:.2f}" '
        f'width="{place.width:.2f}" height="{place.height:.2f}"/>'
    )


def _text(texts: Sequence[str], x: float, y: float, room: float) -> str:
    """Draw the first of some texts that fits, else the beginning of the last one."""
    whole = [text for text in texts if text_width(text) <= room]
    drawn = whole[0] if whole else fitting(texts[-1], room)
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(drawn)}</text>' if drawn else ""
