"""Exchanges: one group becomes cheaper, and another one less noisy for less."""

from __future__ import annotations

from litert_ir.ir.quantization import Precision
from litert_ir.quantization.layer_weights import LayerWeights
from litert_ir.recipe_search.exchanges import ExchangeTable
from litert_ir.recipe_search.layer_groups import LayerGroup
from litert_ir.recipe_search.upgrade_steps import Rung

INT4, INT8 = Precision.WEIGHT_ONLY_INT4, Precision.WEIGHT_ONLY_INT8


def ladder(cost: float, noise: float) -> tuple[Rung, Rung]:
    """Two rungs, of which the lower one costs half."""
    return (
        Rung(precision=INT4, cost=cost / 2, noise=noise),
        Rung(precision=INT8, cost=cost, noise=0.0),
    )


def table(**ladders: tuple[Rung, ...]) -> ExchangeTable:
    groups = [LayerGroup((LayerWeights(name, 2000, 1),)) for name in ladders]
    return ExchangeTable(groups, list(ladders.values()))


def test_a_large_group_goes_down_for_a_small_noisy_one() -> None:
    found = table(large=ladder(100, 5), small=ladder(10, 9), quiet=ladder(10, 1))
    precisions = {"large": INT8, "small": INT4, "quiet": INT4}
    assert list(found.exchanges(precisions)) == [{"large": INT4, "small": INT8}]


def test_a_partner_that_costs_more_than_is_saved_is_none() -> None:
    found = table(small=ladder(10, 1), large=ladder(100, 5))
    assert not list(found.exchanges({"small": INT8, "large": INT4}))


def test_a_group_of_several_precisions_takes_no_part() -> None:
    mixed = LayerGroup((LayerWeights("a", 2000, 1), LayerWeights("b", 2000, 1)))
    other = LayerGroup((LayerWeights("c", 2000, 1),))
    found = ExchangeTable([mixed, other], [ladder(100, 5), ladder(10, 9)])
    assert not list(found.exchanges({"a": INT8, "b": INT4, "c": INT4}))
    assert list(found.exchanges({"a": INT8, "b": INT8, "c": INT4})) == [
        {"a": INT4, "b": INT4, "c": INT8}
    ]
