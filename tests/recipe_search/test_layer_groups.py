"""Groups of layers, and the recipe in which each layer has its precision."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from litert_ir.ir.quantization import LayerRule, Precision
from litert_ir.quantization.layer_weights import LayerWeights
from litert_ir.recipe_search.layer_groups import LayerTable

INT4, INT8 = Precision.WEIGHT_ONLY_INT4, Precision.WEIGHT_ONLY_INT8
HALF = Precision.FLOAT16_WEIGHTS


def table(
    *paths: str, elements: Iterable[int] = (), kept: tuple[LayerRule, ...] = ()
) -> LayerTable:
    sizes = [*elements] or [2000] * len(paths)
    layers = (LayerWeights(path, size, 1) for path, size in zip(paths, sizes, strict=True))
    return LayerTable(tuple(layers), kept)


def effective(found: LayerTable, precisions: dict[str, Precision], path: str) -> Precision:
    """The precision that the recipe gives to an operator of a layer."""
    recipe = found.recipe(precisions, HALF)
    matching = recipe.rules_for(path)
    return matching[-1].precision if matching else recipe.precision


def test_few_layers_are_groups_of_their_own() -> None:
    groups = table("a", "b", "c").groups(3, with_activations=False)
    assert [group.paths for group in groups] == [("a",), ("b",), ("c",)]


def test_the_smallest_neighbors_are_joined_first() -> None:
    found = table("a", "b", "c", "d", elements=(9000, 2000, 3000, 8000))
    groups = found.groups(3, with_activations=False)
    assert [group.paths for group in groups] == [("a",), ("b", "c"), ("d",)]
    assert groups[1].elements == 5000


def test_of_equal_neighbors_those_of_one_block_are_joined() -> None:
    groups = table("x/a", "y/b", "y/c", "z/d").groups(3, with_activations=False)
    assert ("y/b", "y/c") in [group.paths for group in groups]


def test_layers_without_weights_count_with_activations_alone() -> None:
    found = table("a", "add", elements=(2000, 0))
    assert len(found.groups(9, with_activations=False)) == 1
    assert len(found.groups(9, with_activations=True)) == 2


def test_layers_of_the_users_rules_are_left_alone() -> None:
    found = table("a", "b", kept=(LayerRule("b", Precision.FLOAT),))
    (group,) = found.groups(9, with_activations=False)
    assert group.paths == ("a",)
    assert found.recipe({"a": INT8}, HALF).layers[-1] == LayerRule("b", Precision.FLOAT)


def test_halves_are_the_group() -> None:
    (group,) = table("a", "b", "c").groups(1, with_activations=False)
    assert [half.paths for half in group.halves()] == [("a",), ("b", "c")]
    assert group.halves()[0].halves() == ()


@pytest.mark.parametrize("outer", [INT4, INT8, HALF])
@pytest.mark.parametrize("inner", [INT4, INT8, HALF])
def test_a_layer_inside_of_another_has_its_own_precision(
    outer: Precision, inner: Precision
) -> None:
    found = table("block/inner", "block", "other")
    precisions = {"block/inner": inner, "block": outer, "other": INT8}
    for path, precision in precisions.items():
        assert effective(found, precisions, path) is precision


def test_layers_in_the_usual_precision_need_no_rule() -> None:
    assert table("a", "b").recipe({"a": HALF, "b": INT4}, HALF).layers == (LayerRule("/b", INT4),)


def test_names_are_no_patterns() -> None:
    precisions = {"a[0]": INT4, "a0": HALF}
    found = table("a[0]", "a0")
    assert effective(found, precisions, "a[0]") is INT4
    assert effective(found, precisions, "a0") is HALF
