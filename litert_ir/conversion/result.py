"""What an export gives back."""

from __future__ import annotations

from pathlib import Path

import attrs

from litert_ir.conversion.attempts import Attempt
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.parity import ParityReport


@attrs.frozen(kw_only=True)
class Timings:
    """Wall time of the phases, in seconds.

    Attributes:
        plan: Lowering the model; 0 when a plan was passed in.
        convert: All attempts at converting.
        verify: Running the file and comparing it with the model.
        write: Writing the file to the disk.
    """

    plan: float = 0.0
    convert: float = 0.0
    verify: float = 0.0
    write: float = 0.0


@attrs.frozen(kw_only=True)
class ExportResult:
    """An accepted LiteRT file.

    Attributes:
        path: Where it is; None when no path was asked for.
        content: Its bytes when no path was asked for, else None.
        plan: What it was made for.
        strategy: The name of the strategy that made it.
        attempts: What became of each strategy, in the order in which they were tried.
        parity: How it compares with the Keras model; None when that was not asked for.
        size_bytes: Its size.
        timings: Where the time went.
    """

    path: Path | None
    content: bytes | None = attrs.field(default=None, repr=False)
    plan: ExportPlan
    strategy: str
    attempts: tuple[Attempt, ...]
    parity: ParityReport | None
    size_bytes: int
    timings: Timings
