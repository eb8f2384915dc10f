"""List all tasks: their inputs, the sources of their sizes, and the families compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.errors import PluginError, UnsupportedTaskError
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.hub.axes import SEQUENCE, SEQUENCES
from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.configs import ImageConfig, TextConfig
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import IMAGE_HEIGHT
from litert_ir.hub.support import Batch, Support
from litert_ir.hub.task_plugins import TaskPlugin
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table, facts

_PREFIX = "keras_hub.models."


@attrs.frozen(kw_only=True, repr=False)
class TaskRow(Report):
    """One task of the overview.

    Attributes:
        task: The class that a configuration is registered for.
        purpose: The models of this task, in one sentence.
        inputs: The names that it expects, in order.
        sizes: The sources of each size, one line each.
        families: The families that were exported with a dynamic batch and compared.
        exceptions: The other families, with the reason, and the origin of a plug-in, one line each.
        origin: The origin of a plug-in; "" for litert_ir's own.
    """

    task: str
    purpose: str
    inputs: tuple[str, ...]
    sizes: tuple[str, ...]
    families: tuple[str, ...]
    exceptions: tuple[str, ...]
    origin: str = ""

    @property
    def headline(self) -> str:
        """The task, and what it is for."""
        return f"{self.task}: {self.purpose}"

    @property
    def compared(self) -> str:
        """The number of families that were exported with any batch and compared, of all."""
        if self.origin:
            return self.origin
        return f"{len(self.families)} of {len(self.families) + len(self.exceptions)}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the inputs, where their sizes come from, and the families."""
        details = [
            ("inputs", "\n".join(self.inputs)),
            ("sizes", "\n".join(self.sizes)),
            ("exported and compared", "\n".join(self.families)),
            ("other", "\n".join(self.exceptions)),
        ]
        return (facts("", details),)


@attrs.frozen(kw_only=True, repr=False)
class TaskList(Report):
    """All tasks.

    Attributes:
        tasks: One row for each class that a configuration is registered for.
    """

    tasks: tuple[TaskRow, ...]

    @property
    def headline(self) -> str:
        """The number of tasks, and how to see more of one."""
        return f"{len(self.tasks)} tasks of KerasHub; litert-ir tasks NAME shows one"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return a line for each task."""
        columns = ("task", "models", Column("families compared", numeric=True))
        rows = [(row.task, row.purpose, row.compared) for row in self.tasks]
        return (Table("", columns, rows),)

    def named(self, name: str) -> TaskRow:
        """Return a task by its name, or by that of one of its families.

        Raises:
            UnsupportedTaskError: When there is none.
        """
        for row in self.tasks:
            families = (text.partition(" ")[0] for text in (*row.families, *row.exceptions))
            if name == row.task or name in (family.rstrip(":") for family in families):
                return row
        names = [row.task for row in self.tasks]
        raise UnsupportedTaskError(
            f"No configuration is registered for such a task.{did_you_mean(name, names)}",
            where="tasks",
            expected=", ".join(names),
            received=name,
        )


def task_rows(registry: ExporterRegistry, support: Sequence[Support]) -> tuple[TaskRow, ...]:
    """Return one row for each registration, in order, and for each plug-in, which is imported."""
    own = (_row(entry.name, entry.config, support) for entry in registry.registrations)
    return (*own, *map(_plugin_row, registry.plugins))


def _plugin_row(entry: TaskPlugin) -> TaskRow:
    origin = f"plug-in of {entry.plugin.distribution}"
    try:
        row = _row(entry.name, entry.config, ())
    except PluginError as error:
        return TaskRow(
            task=entry.name,
            purpose="a plug-in that cannot be used",
            origin=origin,
            inputs=(),
            sizes=(),
            families=(),
            exceptions=(f"{origin}: not used, {error.received}",),
        )
    return attrs.evolve(row, origin=origin, exceptions=(origin, *row.exceptions))


def _row(name: str, config: type[ExporterConfig], support: Sequence[Support]) -> TaskRow:
    task = name.removeprefix(_PREFIX)
    own = [family for family in support if family.task == task]
    unsupported = (f"all: {config.UNSUPPORTED}",) if config.UNSUPPORTED else ()
    return TaskRow(
        task=task,
        purpose=(config.__doc__ or "").partition("\n")[0].rstrip(".").replace("``", ""),
        inputs=tuple(config.EXPECTED_INPUTS) or ("what the model takes",),
        sizes=() if unsupported else tuple(_size_lines(config)),
        families=tuple(str(family) for family in own if family.batch is Batch.ANY),
        exceptions=unsupported
        or tuple(_exception(family) for family in own if family.batch is not Batch.ANY),
    )


def _exception(family: Support) -> str:
    what = "batch_size=1" if family.batch is Batch.ONE else "no file"
    return f"{family}: {what}, {family.reason}"


def _size_lines(config: type[ExporterConfig]) -> list[str]:
    """Describe the sources of each size of the expected inputs, in the order of asking."""
    names = dict.fromkeys(
        axis for name in config.EXPECTED_INPUTS for axis in _axes(config, name) if axis
    )
    return [_size_line(config, name) for name in names]


def _axes(config: type[ExporterConfig], name: str) -> Sequence[Any]:
    if name in config.AXES:
        return config.AXES[name]
    if issubclass(config, ImageConfig):
        return (IMAGE_HEIGHT,) if name == "images" else ()
    return (SEQUENCE,)


def _size_line(config: type[ExporterConfig], name: str) -> str:
    rule = config.RULES[name]
    argument = "max_sequence_length" if name in config.SEQUENCES else f"sizes[{name!r}]"
    shown, asked = name, [argument]
    if name == IMAGE_HEIGHT:
        shown, asked = "image size", ["image_size", "the model's own input"]
    found = [origin.text for origin in rule.origins]
    default = rule.default
    if default is None and name in SEQUENCES and issubclass(config, TextConfig):
        default = config.DEFAULT_SEQUENCE_LENGTH
    last = [] if default is None else [str(default)]
    return f"{shown}: {' → '.join([*asked, *found, *last])}"
