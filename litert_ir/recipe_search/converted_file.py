"""The strategy that hands out a file which another one has converted already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.conversion.in_child.exchange import FileContent
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.ir.plan import ExportPlan


@attrs.frozen
class ConvertedFile(ConversionStrategy):
    """Gives the file of another strategy, under its name, without converting once more.

    Attributes:
        strategy: The name of the strategy that converted it.
        path: The file.
    """

    strategy: str
    path: Path

    @property
    @override
    def name(self) -> str:
        """The other strategy's name."""
        return self.strategy

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuse nothing: the file is of this plan."""
        return None

    @override
    def convert(self, plan: ExportPlan, model: Any, calibration: Iterable[Any] | None) -> Artifact:
        """Return the file."""
        return Artifact(content=FileContent(self.path))
