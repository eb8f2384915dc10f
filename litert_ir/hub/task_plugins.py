"""Configurations of other distributions: entry points of the group ``litert_ir.tasks``.

The name of an entry point is the dotted name of the class of models, its value the configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

import attrs

from litert_ir.errors import PluginError
from litert_ir.errors.caller_warnings import warn_caller
from litert_ir.errors.shown import shown
from litert_ir.hub.config import ExporterConfig
from litert_ir.plugins import Plugin, PluginWarning, plugins_in, rivals_of

GROUP = "litert_ir.tasks"


@attrs.frozen(kw_only=True)
class TaskPlugin:
    """The configuration of an entry point.

    Attributes:
        plugin: The entry point, whose name is that of the class of models.
        is_built_in: Whether litert_ir has a configuration for the class, which is the one to use.
        rivals: The other plug-ins for the class, as a text; empty for none.
    """

    plugin: Plugin
    is_built_in: bool = False
    rivals: str = ""

    @property
    def name(self) -> str:
        """The class's dotted name."""
        return self.plugin.name

    @property
    def fault(self) -> str:
        """The reason that it cannot be used, as far as it shows without an import; else empty."""
        if self.is_built_in:
            return "litert_ir has a configuration for this class"
        return f"so does {self.rivals}" if self.rivals else ""

    @property
    def config(self) -> type[ExporterConfig]:
        """The configuration, which is imported.

        Raises:
            PluginError: When its code fails, when it is no configuration, or when another plug-in
                is for the same class.
        """
        if self.fault:
            raise PluginError(
                f"The plug-in of {self.plugin.distribution} for {self.name} cannot be used.",
                where=self.plugin.where,
                expected="the only configuration for this class",
                received=self.fault,
                advice="uninstall one of them, or register_config(the class, a configuration)",
            )
        return self.plugin.load(self._checked)

    def matching(self, model: Any) -> type | None:
        """Return the class, if the model is an instance of it.

        Raises:
            PluginError: When the model's package should have the class, and does not.

        Warns:
            PluginWarning: When the plug-in is for a built-in task, which this model is.
        """
        module, path = self._imported()
        cls: Any = module
        for name in path:
            cls = getattr(cls, name, None)
        if not isinstance(cls, type):
            self._check_class(model, module, path)
            return None
        if not isinstance(model, cls):
            return None
        if self.is_built_in:
            warn_caller(f"A plug-in is not used, as {self.fault}: {self.plugin}.", PluginWarning)
            return None
        return cls

    def _imported(self) -> tuple[Any, tuple[str, ...]]:
        """Return the innermost imported module that the name begins with, and the rest of it."""
        parts = tuple(self.name.split("."))
        for count in range(len(parts) - 1, 0, -1):
            found = sys.modules.get(".".join(parts[:count]))
            if found is not None:
                return found, parts[count:]
        return None, parts

    def _check_class(self, model: Any, module: Any, path: tuple[str, ...]) -> None:
        """Require that an imported module has the class, where the model's classes are of it."""
        if module is None or len(path) > 1:  # a module further in may not be imported yet
            return
        if any(cls.__module__ == module.__name__ for cls in type(model).__mro__):
            raise self.plugin.unsound(
                f"the dotted name of a class, before the = of an entry point in {GROUP}",
                f"{shown(path[0])}, which {module.__name__} does not have",
            )

    def _checked(self, found: Any) -> type[ExporterConfig]:
        if isinstance(found, type) and issubclass(found, ExporterConfig):
            return found
        raise self.plugin.unsound("a subclass of litert_ir.hub.ExporterConfig", shown(found))


def task_plugins(built_in: Collection[str]) -> tuple[TaskPlugin, ...]:
    """Return the configurations of other distributions, by name; nothing is imported.

    Args:
        built_in: The dotted names of the classes that are taken.
    """
    found = plugins_in(GROUP)
    return tuple(
        TaskPlugin(
            plugin=plugin, is_built_in=plugin.name in built_in, rivals=rivals_of(plugin, found)
        )
        for plugin in found
    )
