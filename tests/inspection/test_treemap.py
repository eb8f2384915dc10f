"""Treemaps: areas, labels, and bytes that sum up."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import litert_ir as lir
from litert_ir.inspection.page.byte_tree import OTHER, ByteNode, byte_tree
from litert_ir.inspection.page.squarified import Rectangle, squarified
from litert_ir.inspection.page.treemap import treemap
from tests.runtime.quantized_files import float_file, quantized_file

WHOLE = Rectangle(3, 5, 640, 480)
SIZES = st.lists(st.integers(1, 1 << 30), min_size=1, max_size=40).map(
    lambda sizes: sorted(sizes, reverse=True)
)


@given(SIZES)
def test_areas_are_proportional_and_fill_the_rectangle(sizes: list[int]) -> None:
    parts = squarified(sizes, WHOLE)
    scale = WHOLE.area / sum(sizes)
    for size, part in zip(sizes, parts, strict=True):
        assert part.area == pytest.approx(size * scale, rel=1e-6, abs=1e-6)
        assert part.x >= WHOLE.x - 1e-6
        assert part.x + part.width <= WHOLE.x + WHOLE.width + 1e-6
        assert part.y + part.height <= WHOLE.y + WHOLE.height + 1e-6


@given(SIZES)
def test_parts_do_not_overlap(sizes: list[int]) -> None:
    parts = squarified(sizes, WHOLE)
    for number, one in enumerate(parts):
        for other in parts[number + 1 :]:
            width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert width <= 1e-6 or height <= 1e-6


def test_equal_parts_of_a_square_are_squares() -> None:
    parts = squarified([1, 1, 1, 1], Rectangle(0, 0, 100, 100))
    assert [(part.width, part.height) for part in parts] == [(50, 50)] * 4


def test_nothing_has_no_area() -> None:
    assert squarified([], WHOLE) == ()
    assert [part.area for part in squarified([0, 0], WHOLE)] == [0, 0]


@pytest.mark.parametrize("recipe", ["float", "int8"])
@pytest.mark.parametrize(("width", "height"), [(1160, 560), (360, 600), (40, 20)])
def test_cells_sum_up_to_the_file(recipe: str, width: int, height: int) -> None:
    path = float_file() if recipe == "float" else quantized_file(recipe)
    found = lir.inspect(path, delegation=False)
    svg = ET.fromstring(treemap(byte_tree(found.data, path.name), width, height))
    cells = [each for each in svg.iter() if each.get("class", "").startswith("cell")]
    assert sum(int(each.attrib["data-bytes"]) for each in cells) == path.stat().st_size
    for each in cells:
        (rect,) = each.iter("rect")
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= width + 0.02


def test_the_tree_has_the_layers_and_their_tensors() -> None:
    found = lir.inspect(float_file(), delegation=False)
    tree = byte_tree(found.data, "file")
    assert sum(leaf.size_bytes for leaf in tree.leaves()) == found.size_bytes
    assert {leaf.kind for leaf in tree.leaves()} >= {"float32", OTHER}
    largest = found.data.layers[0]
    (group,) = [each for each in tree.children if each.label.split("/")[0] == largest.layer]
    assert group.size_bytes == largest.size_bytes


def test_labels_are_left_out_where_they_do_not_fit() -> None:
    leaves = tuple(
        ByteNode(label=f"a_long_name_{n}", size_bytes=100, kind="float32", title=f"<{n}>")
        for n in range(4)
    )
    tree = ByteNode(label="all", size_bytes=400, kind="", title="", children=leaves)
    assert treemap(tree, 800, 400).count(">a_long_name_") == 4
    assert "<text" not in treemap(tree, 20, 20)
    assert "&lt;3&gt;" in treemap(tree, 20, 20)
