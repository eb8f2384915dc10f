"""The result of quantizing a LiteRT file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.ir.quantization import Quantization
from litert_ir.recipe_search.search_report import SearchReport
from litert_ir.reports.plain_data import plain
from litert_ir.reports.report import Report
from litert_ir.reports.shown_path import shown_path
from litert_ir.reports.table import Table, facts
from litert_ir.verification.layer_errors import MOST_ROWS, LayerErrors
from litert_ir.verification.parity import ParityReport, verdict_on


@attrs.frozen(kw_only=True, repr=False)
class QuantizedFile(Report):
    """A quantized LiteRT file.

    Attributes:
        path: Its path.
        source: The float file that it was made from.
        quantization: How.
        size_bytes: Its size.
        source_bytes: The float file's size.
        parity: The comparison of its outputs with the float file's; None when not asked for.
        layers: The comparison of its tensors with the float file's; None when not asked for.
        search: The search that found the recipe; None where it was given.
    """

    path: Path
    source: Path
    quantization: Quantization
    size_bytes: int
    source_bytes: int
    parity: ParityReport | None
    layers: LayerErrors | None
    search: SearchReport | None = None

    @property
    def headline(self) -> str:
        """The file, and whether it agrees with the float one."""
        return f"{self.path.name} {verdict_on(self.parity)}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the comparison, the file, the search of its recipe, and the layers."""
        return self.tables_of(MOST_ROWS)

    def tables_of(self, most: int) -> tuple[Table, ...]:
        """Return the tables, with the tensors that have the largest errors.

        Args:
            most: The number of these tensors.
        """
        rules = "".join(f"; {rule}" for rule in self.quantization.layers)
        share = f" ({self.size_bytes / max(1, self.source_bytes):.2f} x)"
        told = [
            ("path", shown_path(self.path)),
            ("recipe", self.quantization.precision.value + rules),
            ("size", f"{bytes_text(self.size_bytes)} of {bytes_text(self.source_bytes)}{share}"),
        ]
        return (
            *(() if self.parity is None else self.parity.tables()),
            facts("File", told),
            *(() if self.search is None else self.search.tables()),
            *(() if self.layers is None else (self.layers.table(most),)),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the result in JSON's types, with sizes in bytes."""
        return {
            "path": plain(self.path),
            "source": plain(self.source),
            "precision": self.quantization.precision.value,
            "layers": [str(rule) for rule in self.quantization.layers],
            "size_bytes": self.size_bytes,
            "source_bytes": self.source_bytes,
            "parity": plain(self.parity),
            "search": plain(self.search),
            "layer_errors": plain(self.layers),
        }
