"""Plug-ins of the group ``litert_ir.strategies``: known by name, imported on use, confined."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

import litert_ir as lir
from litert_ir.conversion.strategy_names import (
    checked_strategies,
    installed_plugins,
    resolved,
    strategies_of,
    strategy_names,
)
from litert_ir.errors import OptionsError, PlanError, PluginError
from tests.conversion.exports import plan_of
from tests.plugins.installed_package import write_distribution

GROUP = "litert_ir.strategies"
SOURCE = """
import attrs
import litert_ir as lir


@attrs.frozen
class Own:
    name: str = "own"

    def refuses(self, plan):
        return None

    def convert(self, plan, model, calibration):
        raise lir.errors.ConversionError("no")


class Other(Own):
    pass


ready = Own()


def make():
    return Own()


def renamed():
    return Own("renamed")


def failing():
    raise RuntimeError("broken inside")


nothing = 3
"""


def write(folder: Path, entries: dict[str, str], name: str = "made", module: str = SOURCE) -> None:
    write_distribution(folder, name, GROUP, entries, module)


def with_route(*names: str) -> lir.ExportPlan:
    return attrs.evolve(
        plan_of("single"), route=tuple(lir.RouteStep(strategy=name) for name in names)
    )


def test_names_are_known_without_an_import(folder: Path) -> None:
    before = strategy_names()
    write(folder, {"own": "made:Own"})
    assert strategy_names() == (
        *before,
        *("own", "own-in-child", "quantized-own", "quantized-own-in-child"),
    )
    assert "made" not in sys.modules


@pytest.mark.parametrize("value", ["made:Own", "made:ready", "made:make"])
def test_an_object_or_what_makes_it(folder: Path, value: str) -> None:
    write(folder, {"own": value})
    names = ("own", "own-in-child", "quantized-own", "quantized-own-in-child")
    chosen = checked_strategies(names)
    assert chosen == names
    plain, inside, quantized, both = resolved(chosen, None)
    assert plain.name == "own"
    assert inside == lir.InChildProcess(plain)
    assert (quantized, both) == (lir.Quantized(plain), lir.Quantized(inside))


def test_routes_of_plans_name_them(folder: Path) -> None:
    write(folder, {"own": "made:Own"})
    plan = with_route("own", "direct")
    assert strategies_of(plan) == ("own", "direct")
    missing = with_route("owned")
    with pytest.raises(PlanError, match="not known by its name") as caught:
        strategies_of(missing)
    assert "did you mean 'own'" in caught.value.advice
    assert "install the package whose plug-in it is" in caught.value.advice
    assert "own," in caught.value.expected


BROKEN = {
    "raises": ("made:failing", "RuntimeError: broken inside"),
    "is nothing": ("made:nothing", "3"),
    "has another name": ("made:renamed", "'renamed'"),
    "is not there": ("made:absent", "AttributeError"),
    "has no module": ("no_such_module:Own", "ModuleNotFoundError"),
    "has no place": ("made:", "'made:'"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_one_fails_where_it_is_named_and_says_whose_it_is(
    folder: Path, fault: str
) -> None:
    value, received = BROKEN[fault]
    write(folder, {"own": value})
    assert checked_strategies(("stablehlo",)) == ("stablehlo",)
    assert strategies_of(with_route()) == lir.DEFAULT_STRATEGIES
    with pytest.raises(PluginError) as caught:
        checked_strategies(("own",))
    assert "made 1.0" in caught.value.summary
    assert caught.value.where == f"entry point of made 1.0 in {GROUP}: own = {value}"
    assert received in caught.value.received


def test_a_module_that_exits_at_its_import_exits(folder: Path) -> None:
    write(folder, {"own": "made:Own"}, module="raise SystemExit(3)")
    with pytest.raises(SystemExit):
        checked_strategies(("own",))


def test_two_of_one_name_are_both_refused(folder: Path) -> None:
    write(folder, {"own": "made:Own", "renamed": "made:renamed"})
    write(folder, {"own": "more:Own"}, name="more")
    with pytest.raises(PluginError, match="cannot be used") as caught:
        checked_strategies(("quantized-own",))
    assert "own = more:Own of more 1.0" in caught.value.received
    assert [each.plugin.name for each in installed_plugins() if not each.fault] == ["renamed"]
    assert checked_strategies(("renamed",)) == ("renamed",)


def test_the_name_of_a_built_in_one_stays_its_own(folder: Path) -> None:
    write(folder, {"stablehlo": "made:Own"})
    with pytest.warns(lir.PluginWarning, match="stablehlo = made:Own of made 1.0"):
        assert checked_strategies(("stablehlo",)) == ("stablehlo",)
    assert resolved(("stablehlo",), None) == (lir.StableHLO(),)
    assert "made" not in sys.modules


@pytest.mark.parametrize("name", ["quantized-own", "own-in-child"])
def test_names_of_wrapped_ones_are_refused(folder: Path, name: str) -> None:
    write(folder, {name: "made:Own"})
    (plugin,) = installed_plugins()
    assert "inside of another one" in plugin.fault
    with pytest.raises(OptionsError, match="no strategy of this name"):
        checked_strategies(("own",))


def test_an_object_with_its_name_is_refused(folder: Path) -> None:
    write(folder, {"own": "made:Own"})

    class Mine:
        name = "own"

        def refuses(self, plan: lir.ExportPlan) -> None:
            raise NotImplementedError

        def convert(self, plan: lir.ExportPlan, model: Any, calibration: Any) -> lir.Artifact:
            raise NotImplementedError

    with pytest.raises(OptionsError, match="A plug-in has this name"):
        checked_strategies((Mine(),))
