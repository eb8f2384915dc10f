"""Write the file of a configured model."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any

from litert_ir.hub.config import ExporterConfig


class Exporter(ABC):
    """A writer of models in one format.

    Args:
        config: The configuration of the model.
    """

    def __init__(self, config: ExporterConfig) -> None:
        self.config = config

    @abstractmethod
    def export(self, filepath: str | os.PathLike[str], **options: Any) -> Any:
        """Write the file.

        Args:
            filepath: The target.
            **options: Further options of the format.
        """
