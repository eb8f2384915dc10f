"""Strategies of other distributions: entry points of the group ``litert_ir.strategies``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import attrs

from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.errors import PluginError
from litert_ir.errors.shown import shown
from litert_ir.plugins import Plugin, plugins_in, rivals_of

GROUP = "litert_ir.strategies"

QUANTIZED, IN_CHILD = "quantized-", "-in-child"
"""The parts of a name that stand for wrapping strategies."""


@attrs.frozen(kw_only=True)
class StrategyPlugin:
    """The strategy of an entry point.

    Attributes:
        plugin: The entry point, whose name is the strategy's.
        fault: The reason that it cannot be used, as far as it shows without an import; empty for
            none.
    """

    plugin: Plugin
    fault: str = ""

    def load(self) -> ConversionStrategy:
        """Import the strategy, or call what makes it.

        Raises:
            PluginError: When its name is taken, when its code fails, or when it is no strategy of
                this name.
        """
        if self.fault:
            raise PluginError(
                f"The plug-in {self.plugin.name!r} of {self.plugin.distribution} cannot be used.",
                where=self.plugin.where,
                expected="a name of its own",
                received=self.fault,
                advice="uninstall one of them, or pass the strategy as an object",
            )
        return self.plugin.load(self._strategy)

    def _strategy(self, found: Any) -> ConversionStrategy:
        made: Any = found if _is_strategy(found) or not callable(found) else found()
        if not _is_strategy(made):
            expected = "a strategy, or a function without arguments that returns one"
            raise self.plugin.unsound(expected, shown(made))
        if made.name != self.plugin.name:
            raise self.plugin.unsound(
                f"a strategy of this name, {self.plugin.name}", shown(made.name)
            )
        strategy: ConversionStrategy = made
        return strategy


def _is_strategy(value: object) -> bool:
    """Tell whether an object is a strategy; a class of strategies is none yet."""
    return isinstance(value, ConversionStrategy) and not isinstance(value, type)


def strategy_plugins(built_in: Collection[str]) -> tuple[StrategyPlugin, ...]:
    """Return the strategies of other distributions, by name; nothing is imported.

    Args:
        built_in: The names that are taken.
    """
    found = plugins_in(GROUP)
    return tuple(
        StrategyPlugin(plugin=plugin, fault=_fault(plugin, found, built_in)) for plugin in found
    )


def _fault(plugin: Plugin, found: tuple[Plugin, ...], built_in: Collection[str]) -> str:
    if plugin.name in built_in:
        return f"{plugin.name}, which is a strategy of litert_ir"
    if plugin.name.startswith(QUANTIZED) or plugin.name.endswith(IN_CHILD):
        return f"{plugin.name}, which names a strategy inside of another one"
    rivals = rivals_of(plugin, found)
    return f"{plugin.name}, as {rivals}" if rivals else ""
