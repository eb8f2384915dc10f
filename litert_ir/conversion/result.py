"""The result of an export."""

from __future__ import annotations

from pathlib import Path

import attrs

from litert_ir.aot.compiled_target import CompiledTarget
from litert_ir.conversion.stopwatch import Timings
from litert_ir.errors.attempts import Attempt
from litert_ir.ir.plan import ExportPlan
from litert_ir.recipe_search.search_report import SearchReport
from litert_ir.verification.parity import ParityReport


@attrs.frozen(kw_only=True)
class ExportResult:
    """An accepted LiteRT file.

    Attributes:
        path: Its absolute path; None when no path was asked for.
        content: Its bytes when no path was asked for, else None.
        plan: The plan that it was made from.
        strategy: The name of the strategy that made it.
        attempts: The record of each strategy, in the order in which they were tried.
        parity: The comparison with the Keras model; None when that was not asked for.
        size_bytes: Its size.
        timings: The durations of the phases.
        compiled: The record of each of the plan's compile targets, in their order.
        search: The search that found the plan's recipe; None where it was given.
    """

    path: Path | None
    content: bytes | None = attrs.field(default=None, repr=False)
    plan: ExportPlan
    strategy: str
    attempts: tuple[Attempt, ...]
    parity: ParityReport | None
    size_bytes: int
    timings: Timings
    compiled: tuple[CompiledTarget, ...] = ()
    search: SearchReport | None = None
