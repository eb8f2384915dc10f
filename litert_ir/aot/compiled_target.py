"""Describe the file compiled for a target."""

from __future__ import annotations

from pathlib import Path

import attrs

from litert_ir.errors.shown import bytes_text
from litert_ir.verification.parity import ParityReport


@attrs.frozen(kw_only=True)
class CompiledTarget:
    """The file for one target.

    Attributes:
        target: Its canonical name.
        path: The file: for a CPU the portable one. None when no path was asked for.
        size_bytes: The file's size.
        ops_total: Operators of the portable file.
        ops_offloaded: The number of them that the vendor's compiler took over; 0 for a CPU.
        partitions: The number of partitions that it took over.
        parity: The comparison of the file with the Keras model; None where it was not run, and for
            a CPU, whose file is compared in the result's own ``parity``.
        note: A remark on the file.
    """

    target: str
    path: Path | None
    size_bytes: int
    ops_total: int
    ops_offloaded: int = 0
    partitions: int = 0
    parity: ParityReport | None = None
    note: str

    def __str__(self) -> str:
        if not self.partitions:
            return f"{self.target}: {self.note}"
        where = "" if self.path is None else f" {self.path.name},"
        return (
            f"{self.target}:{where} {bytes_text(self.size_bytes)}, {self.ops_offloaded} of "
            f"{self.ops_total} ops in {self.partitions} partition(s); {self.note}"
        )
