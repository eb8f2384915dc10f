"""The result of an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.aot.compiled_target import CompiledTarget
from litert_ir.conversion.stopwatch import Phase, Timings
from litert_ir.errors.attempts import Attempt
from litert_ir.errors.shown import bytes_text
from litert_ir.ir.plan import ExportPlan
from litert_ir.recipe_search.search_report import SearchReport
from litert_ir.reports.plain_data import plain
from litert_ir.reports.report import Report
from litert_ir.reports.shown_path import shown_path
from litert_ir.reports.table import Table, facts
from litert_ir.verification.parity import ParityReport, verdict_on


@attrs.frozen(kw_only=True, repr=False)
class ExportResult(Report):
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

    @property
    def headline(self) -> str:
        """The file, and whether it agrees with the model."""
        name = "the file" if self.path is None else self.path.name
        return f"{name} {verdict_on(self.parity)}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the comparison, the file, the search of its recipe, and the plan."""
        (plan,) = self.plan.tables()
        return (
            *(() if self.parity is None else self.parity.tables()),
            facts("File", self._facts()),
            *(() if self.search is None else self.search.tables()),
            attrs.evolve(plan, title=f"The {self.plan.headline}"),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the result in JSON's types, with sizes in bytes and times in seconds."""
        return {
            "path": plain(self.path),
            "strategy": self.strategy,
            "size_bytes": self.size_bytes,
            "weight_bytes": self.plan.model.weight_bytes,
            "fingerprint": self.plan.fingerprint,
            "attempts": plain(self.attempts),
            "parity": plain(self.parity),
            "compiled": plain(self.compiled),
            "search": plain(self.search),
            "seconds": plain(self.timings),
        }

    def _facts(self) -> list[tuple[str, str]]:
        weights = self.plan.model.weight_bytes
        share = f" ({self.size_bytes / max(1, weights):.2f} x the weights' {bytes_text(weights)})"
        spent = attrs.asdict(self.timings)
        if not self.compiled:
            del spent[Phase.COMPILE.value]
        if self.search is None:
            del spent[Phase.SEARCH.value]
        return [
            ("path", shown_path(self.path)),
            ("size", bytes_text(self.size_bytes) + (share if weights else "")),
            ("strategy", self.strategy),
            ("attempts", "\n".join(map(str, self.attempts))),
            ("compiled", "\n".join(map(str, self.compiled))),
            ("time", ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in spent.items())),
        ]
