"""The description of a LiteRT file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.inspection import inspection_tables
from litert_ir.inspection.delegation import Delegation, number_of
from litert_ir.inspection.operators import OperatorCount, SubgraphSummary
from litert_ir.inspection.precisions import QuantizationFacts
from litert_ir.inspection.runtime_needs import RuntimeNeeds
from litert_ir.inspection.signatures import FileSignature
from litert_ir.inspection.stored_data import StoredData
from litert_ir.inspection.stored_metadata import MetadataEntry
from litert_ir.metadata.file_metadata import FileMetadata
from litert_ir.reports.report import Report
from litert_ir.reports.table import Table


@attrs.frozen(kw_only=True, repr=False)
class Inspection(Report):
    """A LiteRT file, described.

    Attributes:
        path: The file.
        size_bytes: Its size.
        schema_version: The version of the schema that it says it has.
        description: The text that its converter left.
        signatures: Its signatures; of a file without any, its first subgraph's tensors.
        subgraphs: Its subgraphs, with what refers to them.
        operators: Its operators by name, version and subgraph.
        data: All its bytes: by tensor, by layer, and what is stored twice.
        quantization: How it is quantized.
        runtime: The runtime that it needs.
        metadata: Its metadata in TFLite's schema, with how litert_ir made it; None without.
        entries: All entries of its metadata.
        delegation: What runs where on this machine, as LiteRT's interpreter with XNNPACK says; None
            where that was not asked for or failed.
        remarks: What could not be read or measured, with the reasons.
    """

    path: Path
    size_bytes: int
    schema_version: int
    description: str
    signatures: tuple[FileSignature, ...]
    subgraphs: tuple[SubgraphSummary, ...]
    operators: tuple[OperatorCount, ...]
    data: StoredData
    quantization: QuantizationFacts
    runtime: RuntimeNeeds
    metadata: FileMetadata | None
    entries: tuple[MetadataEntry, ...]
    delegation: Delegation | None
    remarks: tuple[str, ...]

    @property
    def operator_count(self) -> int:
        """The number of operators in all subgraphs."""
        return sum(each.count for each in self.operators)

    @property
    @override
    def headline(self) -> str:
        operators = number_of(self.operator_count, "operator")
        if self.delegation is not None and self.delegation.delegated == self.operator_count:
            operators += ", all in XNNPACK"
        elif self.delegation is not None:
            operators += f", {len(self.delegation.outside)} outside of XNNPACK"
        size = bytes_text(self.size_bytes)
        return f"{self.path.name}: {size}, {self.quantization.main_precision}, {operators}"

    @override
    def tables(self) -> tuple[Table, ...]:
        return (
            inspection_tables.facts_table(self.facts()),
            *inspection_tables.signature_tables(self.signatures),
            inspection_tables.operator_table(self.operators),
            inspection_tables.bytes_table(self.data, self.size_bytes),
            inspection_tables.duplicate_table(self.data),
            inspection_tables.precision_table(self.quantization),
            *inspection_tables.delegation_tables(self.delegation),
            *(() if self.metadata is None else self.metadata.tables()[:-1]),
            inspection_tables.entries_table(self.entries),
        )

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return what one wants to know first, as labels and values."""
        return (
            ("file", str(self.path)),
            ("size", f"{bytes_text(self.size_bytes)} ({self.size_bytes:,} bytes)"),
            ("quantization", self.quantization.summary),
            ("runs", "" if self.delegation is None else self.delegation.summary),
            ("needs", self.runtime.summary),
            ("stored twice", inspection_tables.wasted_text(self.data)),
            ("data in", ", ".join(self.data.elsewhere)),
            ("subgraphs", inspection_tables.subgraphs_text(self.subgraphs)),
            *inspection_tables.origin_rows(self.metadata),
            ("description", self.description),
            ("remarks", "\n".join(self.remarks)),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        data = super().to_data()
        data["operator_count"] = self.operator_count
        data["data"] |= {
            "tensor_bytes": self.data.tensor_bytes,
            "wasted_bytes": self.data.wasted_bytes,
        }
        if self.delegation is not None:
            data["delegation"] |= {
                "partitions": self.delegation.partitions,
                "delegated": self.delegation.delegated,
                "outside": len(self.delegation.outside),
            }
        return data
