"""The exporter of the format ``litert``, for registries of KerasHub's tasks."""

from __future__ import annotations

import os
from typing import Any

from typing_extensions import override

from litert_ir.conversion.result import ExportResult
from litert_ir.hub.exporter import Exporter
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.verbs import export


class LiteRTExporter(Exporter):
    """Exports the model of a configuration; `ExporterRegistry.get_exporter` gives one."""

    @override
    def export(self, filepath: str | os.PathLike[str], **options: Any) -> ExportResult:
        """Export to a LiteRT file by this configuration, whatever the registry says.

        Args:
            filepath: See `litert_ir.export`.
            **options: Its keyword arguments, but for ``registry``.

        Raises:
            LiteRTIRError: As `litert_ir.export`.
        """
        registry = ExporterRegistry()
        registry.register_config(type(self.config.model), type(self.config))
        return export(self.config.model, filepath, registry=registry, **options)
