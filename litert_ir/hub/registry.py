"""Map model classes to configurations: the most specific registered class decides."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, overload

import attrs

from litert_ir.errors import RegistryError, UnsupportedTaskError
from litert_ir.errors.shown import shown
from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.exporter import Exporter
from litert_ir.hub.task_plugins import TaskPlugin

C = TypeVar("C", bound=type[ExporterConfig])

ModelClass = type | str
"""A class, or its dotted name in its package: ``keras_hub.models.CausalLM``."""


@attrs.frozen
class Registration:
    """One entry of a registry.

    Attributes:
        model_class: The class, or its dotted name.
        config: The configuration for its instances.
    """

    model_class: ModelClass
    config: type[ExporterConfig]

    @property
    def name(self) -> str:
        """The class's dotted name."""
        return self.model_class if isinstance(self.model_class, str) else _name_of(self.model_class)

    def resolve(self) -> type | None:
        """Return the class; None as long as its package is not imported.

        Then no object can be an instance of it either.

        Raises:
            RegistryError: When the imported package has no such class.
        """
        if not isinstance(self.model_class, str):
            return self.model_class
        package, *attributes = self.model_class.split(".")
        found: Any = sys.modules.get(package)
        if found is None:
            return None
        for name in attributes:
            found = getattr(found, name, None)
        if not isinstance(found, type):
            raise RegistryError(
                "A registered class does not exist.",
                where=f"the registration of {self.config.__name__}",
                expected="the dotted name of a class",
                received=self.model_class,
            )
        return found

    def matching(self, model: Any) -> type | None:
        """Return the class, if the model is an instance of it.

        Raises:
            RegistryError: As `resolve`.
        """
        found = self.resolve()
        return found if found is not None and isinstance(model, found) else None


class ExporterRegistry:
    """Configurations by model class, and exporters by format.

    A model is exported by the configuration of the most specific registered class among its base
    classes; the order of registration does not matter.

    Args:
        plugins: Called for the configurations that are plug-ins, whenever a model is looked for;
            for a class that is registered here, they do not count.

    Example:
        ``@registry.register_config(MyTask)`` above a class, or
        ``registry.register_config(MyTask, MyConfig)``
    """

    def __init__(self, plugins: Callable[[], Iterable[TaskPlugin]] = tuple) -> None:
        self._plugins = plugins
        self._registrations: dict[ModelClass, Registration] = {}
        self._exporters: dict[str, type[Exporter] | str] = {}

    def __repr__(self) -> str:
        return f"<ExporterRegistry of {len(self._registrations)} classes>"

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """All entries that were made here, in order."""
        return tuple(self._registrations.values())

    @property
    def plugins(self) -> tuple[TaskPlugin, ...]:
        """The configurations that are plug-ins; nothing is imported."""
        return tuple(self._plugins())

    @overload
    def register_config(self, model_class: ModelClass, config: C) -> C: ...

    @overload
    def register_config(self, model_class: ModelClass) -> Callable[[C], C]: ...

    def register_config(
        self, model_class: ModelClass, config: C | None = None
    ) -> C | Callable[[C], C]:
        """Register a configuration for a class and its subclasses; it replaces an earlier one.

        Args:
            model_class: The class, or its dotted name, which is resolved when a model is exported.
            config: The configuration's class; None to decorate it.

        Returns:
            The configuration's class, or a decorator.
        """
        if config is None:
            return lambda decorated: self.register_config(model_class, decorated)
        self._registrations.pop(model_class, None)
        self._registrations[model_class] = Registration(model_class, config)
        return config

    def find(self, model: Any) -> type[ExporterConfig] | None:
        """Find the configuration's class for a model; None where no class of it is registered.

        Raises:
            RegistryError: When two registered classes are equally specific.
            PluginError: When the configuration is a plug-in's that cannot be used.
        """
        candidates = self._candidates(model)
        best = [cls for cls in candidates if not _is_refined(cls, candidates)]
        if len(best) > 1:
            raise _ambiguity(model, [candidates[cls] for cls in best])
        return candidates[best[0]].config if best else None

    def get_config(self, model: Any) -> ExporterConfig:
        """Return the configuration that exports a model.

        Raises:
            UnsupportedTaskError: When no class of it is registered.
            RegistryError: When two registered classes are equally specific.
            PluginError: When the configuration is a plug-in's that cannot be used.
        """
        config = self.find(model)
        if config is None:
            raise UnsupportedTaskError(
                f"{type(model).__name__} model type is not supported for export.",
                where=f"model of class {_name_of(type(model))}",
                expected="an instance of " + ", ".join(entry.name for entry in self.registrations),
                advice="register_config(its class, a subclass of litert_ir.hub.ExporterConfig) "
                "of the registry that is used",
            )
        return config(model)

    def _candidates(self, model: Any) -> dict[type, Registration | TaskPlugin]:
        """Return the entries for the classes that a model is an instance of."""
        plugged = [(plugin.matching(model), plugin) for plugin in self.plugins]
        own = ((entry.matching(model), entry) for entry in self.registrations)
        registered = {cls: entry for cls, entry in own if cls is not None}
        found: dict[type, Registration | TaskPlugin] = {}
        for cls, plugin in plugged:
            if cls in found and cls not in registered:  # by two of its names
                raise _ambiguity(model, [found[cls], plugin])
            if cls is not None:
                found[cls] = plugin
        return {**found, **registered}

    def register_exporter(self, format: str, exporter: type[Exporter] | str) -> None:  # noqa: A002
        """Register an exporter for a format, such as ``"litert"``.

        Args:
            format: Its name.
            exporter: The exporter's class, or ``package.module:Class``, which is imported when
                the first file of the format is to be written.
        """
        self._exporters[format] = exporter

    def get_exporter(self, format: str, config: ExporterConfig) -> Exporter:  # noqa: A002
        """Return the exporter of a configuration's model for a format.

        Raises:
            RegistryError: For a format that is not registered.
        """
        if format not in self._exporters:
            raise RegistryError(
                "Unknown format.",
                expected=" or ".join(map(repr, self._exporters)) or "a registered format",
                received=shown(format),
            )
        found = self._exporters[format]
        return (pkgutil.resolve_name(found) if isinstance(found, str) else found)(config)


def _is_refined(cls: type, candidates: Any) -> bool:
    """Return whether one of the other candidates is a subclass."""
    return any(other is not cls and issubclass(other, cls) for other in candidates)


def _ambiguity(model: Any, entries: list[Registration | TaskPlugin]) -> RegistryError:
    names = " and ".join(f"{entry.name} ({entry.config.__name__})" for entry in entries)
    cls = _name_of(type(model))
    return RegistryError(
        "Two registered classes fit this model equally well.",
        where=f"model of class {cls}",
        expected="one most specific class",
        received=names,
        advice=f"register a configuration for {cls} itself",
    )


def _name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
