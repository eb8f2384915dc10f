"""Strategies by name: built-in ones, plug-ins, wrapped ones, and objects that a caller passes."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, cast

import attrs

from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.foreign_strategies import check_strategy
from litert_ir.conversion.in_child.parent import ModelInChild
from litert_ir.conversion.in_child.settings import ThroughFile
from litert_ir.conversion.in_child.strategy import InChildProcess
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.quantized import Quantized
from litert_ir.conversion.strategy_plugins import (
    IN_CHILD,
    QUANTIZED,
    StrategyPlugin,
    strategy_plugins,
)
from litert_ir.errors import OptionsError, PlanError, PluginError
from litert_ir.errors.caller_warnings import warn_caller
from litert_ir.errors.foreign import elements
from litert_ir.errors.nearest_names import nearest_name
from litert_ir.errors.shown import shown
from litert_ir.ir.plan import ExportPlan
from litert_ir.plugins import PluginWarning

Strategies = Iterable[ConversionStrategy | str] | None
"""Strategies in order, as objects or by name; None where the user leaves them open."""

Chosen = tuple[ConversionStrategy | str, ...]
"""Strategies in order, checked."""

_OWN = (
    "pass a strategy of your own as an object: strategies=(Mine(),), or install the package whose "
    "plug-in it is"
)


def named_strategies(child: ModelInChild | None = None) -> dict[str, ConversionStrategy]:
    """The built-in strategies with a name, at their default settings.

    Args:
        child: The child process for those that run in one; None for one of their own.
    """
    through = ThroughFile() if child is None else child
    here_and_there = [
        *DEFAULT_STRATEGIES,
        *(InChildProcess(strategy, through) for strategy in DEFAULT_STRATEGIES),
    ]
    known = (*here_and_there, *map(Quantized, here_and_there))
    return {strategy.name: strategy for strategy in known}


def installed_plugins() -> tuple[StrategyPlugin, ...]:
    """Return the strategies of other distributions; nothing is imported."""
    return strategy_plugins(_built_in_names())


def strategy_names() -> tuple[str, ...]:
    """Return all names that stand for strategies, those of plug-ins last; nothing is imported."""
    plugged = (_with_wrappers(each.plugin.name) for each in installed_plugins() if not each.fault)
    return (*_built_in_names(), *(name for names in plugged for name in names))


def strategy_named(name: str, child: ModelInChild | None = None) -> ConversionStrategy:
    """Return the strategy of a name, at its default settings.

    Args:
        name: One of `strategy_names`.
        child: See `named_strategies`.

    Raises:
        PluginError: When it is a plug-in's, which cannot be used.
    """
    if name in _built_in_names():
        return named_strategies(child)[name]
    core = _core_of(name)
    plugin = next(each for each in installed_plugins() if each.plugin.name == core)
    strategy = plugin.load()
    if name.endswith(IN_CHILD):
        strategy = InChildProcess(strategy, ThroughFile() if child is None else child)
    return Quantized(strategy) if name.startswith(QUANTIZED) else strategy


def _with_wrappers(name: str) -> tuple[str, ...]:
    here_and_there = (name, f"{name}{IN_CHILD}")
    return (*here_and_there, *(f"{QUANTIZED}{each}" for each in here_and_there))


def _core_of(name: str) -> str:
    return name.removeprefix(QUANTIZED).removesuffix(IN_CHILD)


def checked_strategies(given: Any) -> Chosen | None:
    """The strategies that a user chooses, if each is one or the name of one.

    Args:
        given: See `Strategies`.

    Returns:
        None where nothing is chosen.

    Raises:
        OptionsError: For an empty sequence, an unknown name, a class in place of its instance,
            other objects, or one that has no name or that of another one.
        PluginError: When a name is that of a plug-in that cannot be used.

    Warns:
        PluginWarning: When a plug-in has the name of a built-in strategy, which is taken.
    """
    if given is None:
        return None
    error = OptionsError(
        "strategies is a sequence of strategy objects, or of their names.",
        where="strategies",
        expected="such as ('stablehlo', litert_ir.SavedModel())",
        received=shown(given),
    )
    found = () if isinstance(given, str) else elements(given) or ()
    if not found:
        raise error
    for item in found:
        if not isinstance(item, str):
            check_strategy(item, error)
            _check_namesake(item)
    unknown = _unknown(item for item in found if isinstance(item, str))
    if unknown is not None:
        raise OptionsError(
            "There is no strategy of this name.",
            where="strategies",
            expected=_names_text(),
            received=shown(unknown),
            advice=f"{_nearest(unknown)}{_OWN}",
        )
    _check_plugins([item for item in found if isinstance(item, str)])
    return cast(Chosen, found)


def strategies_of(plan: ExportPlan) -> Chosen:
    """The strategies of a plan's route, by name; the default ones where it has no route.

    Raises:
        PlanError: When the route names one that has no name everywhere.
        PluginError: When it names a plug-in that cannot be used.
    """
    names = tuple(step.strategy for step in plan.route)
    unknown = _unknown(names)
    if unknown is not None:
        raise PlanError(
            "The plan's route goes through a strategy that is not known by its name.",
            where="plan.route",
            expected=_names_text(),
            received=shown(unknown),
            advice=f"{_nearest(unknown)}{_OWN}, which then are the plan's route",
        )
    _check_plugins(names)
    return names or DEFAULT_STRATEGIES


def resolved(chosen: Chosen, child: ModelInChild | None) -> tuple[ConversionStrategy, ...]:
    """The strategy objects, which run in the child where there is one."""
    found = (strategy_named(item, child) if isinstance(item, str) else item for item in chosen)
    return in_child(found, child)


def in_child(
    strategies: Iterable[ConversionStrategy], child: ModelInChild | None
) -> tuple[ConversionStrategy, ...]:
    """The strategies as they are run where the model has to go through a file.

    Args:
        strategies: The strategies that the user chose.
        child: Where to run those that do not bring a child of their own; None for here.
    """
    if child is None:
        return tuple(strategies)
    return tuple(_in_child(strategy, child) for strategy in strategies)


def _in_child(strategy: ConversionStrategy, child: ModelInChild) -> ConversionStrategy:
    """Run a strategy in the child; quantize in this process, which has the layers of the rules."""
    match strategy:
        case InChildProcess():
            return strategy
        case Quantized(strategy=inner):
            return attrs.evolve(strategy, strategy=_in_child(inner, child))
        case _:
            return InChildProcess(strategy, child)


def _check_namesake(item: Any) -> None:
    """Refuse another strategy by the name of a known one, which plans would mean by it."""
    while isinstance(item, Quantized | InChildProcess):
        item = item.strategy
    known = _known(item.name)
    if known is not None and not isinstance(item, type(known)):
        owner = "built-in strategy" if item.name in _built_in_names() else "plug-in"
        raise OptionsError(
            f"A {owner} has this name, so that a plan's route would mean that one.",
            where=f"{type(item).__name__}.name",
            expected="a name of its own",
            received=shown(item.name),
        )


def _known(name: str) -> ConversionStrategy | None:
    """Return the strategy of a name; None where none can be used."""
    try:
        return None if _unknown([name]) is not None else strategy_named(name)
    except PluginError:
        return None


def _check_plugins(names: Iterable[str]) -> None:
    """Require that the plug-ins among some names can be used."""
    plugins = {each.plugin.name: each for each in installed_plugins()}
    for name in names:
        plugin = plugins.get(_core_of(name))
        if name not in _built_in_names():
            strategy_named(name)
        elif plugin is not None:
            warn_caller(
                f"{name!r} is litert_ir's own strategy; a plug-in is not used that has its name: "
                f"{plugin.plugin}.",
                PluginWarning,
            )


def _unknown(names: Iterable[str]) -> str | None:
    plugged = (_with_wrappers(each.plugin.name) for each in installed_plugins())
    known = {*_built_in_names(), *(name for names in plugged for name in names)}
    return next((name for name in names if name not in known), None)


@functools.cache
def _built_in_names() -> tuple[str, ...]:
    return tuple(named_strategies())


def _names_text() -> str:
    own = (strategy.name for strategy in DEFAULT_STRATEGIES)
    plugged = (each.plugin.name for each in installed_plugins() if not each.fault)
    names = ", ".join((*own, *plugged))
    return f"{names}, or one of these as quantized-NAME, NAME-in-child or quantized-NAME-in-child"


def _nearest(name: str) -> str:
    nearest = nearest_name(name, strategy_names())
    return "" if nearest is None else f"did you mean {nearest!r}? Else "
