"""Find the entry points by which other distributions extend litert_ir; nothing is imported."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from litert_ir.backends.model_failures import brief
from litert_ir.errors import LiteRTIRError, PluginError
from litert_ir.errors.interruption import reraise_interruption

T = TypeVar("T")


class PluginWarning(UserWarning):
    """A plug-in is not used, as something else has its name."""


@attrs.frozen(kw_only=True)
class Plugin:
    """An entry point of an installed distribution.

    Attributes:
        group: The group, such as ``litert_ir.strategies``.
        name: Its name in the group.
        value: The place of the object, ``package.module:name``.
        distribution: The distribution's name and version.
    """

    group: str
    name: str
    value: str
    distribution: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value} of {self.distribution}"

    @property
    def where(self) -> str:
        """The plug-in in errors."""
        return f"entry point of {self.distribution} in {self.group}: {self.name} = {self.value}"

    def load(self, make: Callable[[Any], T]) -> T:
        """Import the object, and make of it what is wanted.

        Args:
            make: Called with the object; it may call the object in turn.

        Raises:
            PluginError: When the import or the call fails.
            LiteRTIRError: What ``make`` raises.
        """
        entry = importlib.metadata.EntryPoint(self.name, self.value, self.group)
        if entry.pattern.match(self.value) is None:
            raise self.unsound("the place of an object, package.module:name", repr(self.value))
        try:
            return make(entry.load())
        except LiteRTIRError:
            raise
        except Exception as error:  # importing anybody's package may raise anything
            reraise_interruption(error)
            raise PluginError(
                f"The plug-in {self.name!r} of {self.distribution} fails.",
                where=self.where,
                received=brief(error),
                advice="the error itself is the __cause__; mend or uninstall that package",
            ) from error

    def unsound(self, expected: str, received: str) -> PluginError:
        """The error for an object that is none of the group's."""
        return PluginError(
            f"The plug-in {self.name!r} of {self.distribution} is none that can be used.",
            where=self.where,
            expected=expected,
            received=received,
            advice="mend or uninstall that package",
        )


def plugins_in(group: str) -> tuple[Plugin, ...]:
    """Return the plug-ins of a group, by name and distribution; each is read anew by each call."""
    found = (
        Plugin(group=group, name=entry.name, value=entry.value, distribution=_origin(entry))
        for entry in importlib.metadata.entry_points(group=group)
    )
    return tuple(sorted(set(found), key=lambda each: (each.name, each.distribution)))


def rivals_of(plugin: Plugin, others: tuple[Plugin, ...]) -> str:
    """Name the other plug-ins that have a plug-in's name; empty for none."""
    rivals = [each for each in others if each.name == plugin.name and each != plugin]
    return " and ".join(map(str, rivals))


def _origin(entry: importlib.metadata.EntryPoint) -> str:
    distribution = entry.dist
    if distribution is None:
        return "an unknown distribution"
    return f"{distribution.name} {distribution.version}"
