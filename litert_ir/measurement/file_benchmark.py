"""The benchmark of one file: what was measured of it, and on what."""

from __future__ import annotations

from pathlib import Path

import attrs

from litert_ir.errors.shown import bytes_text
from litert_ir.measurement.kernel_profile import KernelProfile
from litert_ir.measurement.run_input import RunInput
from litert_ir.measurement.run_times import RunTimes, time_text
from litert_ir.measurement.shipped_tool import ShippedToolTimes
from litert_ir.reports.table import Column, Table

MOST_ROWS = 10
"""The rows of a table of kernels or layers; JSON has all of them."""


@attrs.frozen(kw_only=True)
class FileBenchmark:
    """The measurements of one file.

    Attributes:
        path: The file.
        size_bytes: Its size.
        signature: The name of the signature that ran; "" for a file without one.
        inputs: What it ran on.
        times: How long its runs take in LiteRT's interpreter.
        memory_bytes: The bytes by which the resident memory of its process grew at most, from
            before the file was loaded; the median over the launches. Pages of the file that were
            read are among them.
        profile: Where the time of a run goes, by the profiler of LiteRT's runtime; None where it
            was not asked for, or cannot tell.
        shipped_tool: What ai-edge-litert's own benchmark tool measures; None likewise.
        notes: What could not be measured, and why.
    """

    path: Path
    size_bytes: int
    signature: str
    inputs: tuple[RunInput, ...]
    times: RunTimes
    memory_bytes: int
    profile: KernelProfile | None
    shipped_tool: ShippedToolTimes | None
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, str]:
        """Return the numbers by their labels, in order."""
        times, tool = self.times, self.shipped_tool
        launches = times.launch_medians_s
        spread = f"{time_text(min(launches))} to {time_text(max(launches))}"
        return {
            "median": time_text(times.median_s),
            "95 % below": time_text(times.p95_s),
            "fastest": time_text(times.least_s),
            f"medians of {len(launches)} launches": spread,
            "timed runs": f"{times.runs:,}",
            "load": time_text(times.load_s),
            "first run": time_text(times.first_run_s),
            "memory": f"{bytes_text(self.memory_bytes)} more at the peak",
            "file": bytes_text(self.size_bytes),
            "litert-benchmark": ""
            if tool is None
            else f"median {time_text(tool.median_s)}, 95 % below {time_text(tool.p95_s)}",
            "inputs": "\n".join(map(str, self.inputs)),
        }

    def profile_tables(self, title: str) -> tuple[Table, ...]:
        """Return the tables of kernels and of layers; none without a profile.

        Args:
            title: What tells the file from others, for the titles; "" for a single file.
        """
        if self.profile is None:
            return ()
        of = f" of {title}" if title else ""
        return (_kernel_table(self.profile, of), _layer_table(self.profile, of))


def _kernel_table(profile: KernelProfile, of: str) -> Table:
    rows = [
        (each.kernel, each.runtime, each.count, time_text(each.seconds), _percent(each.share))
        for each in profile.kernels[:MOST_ROWS]
    ]
    numbers = (Column(name, numeric=True) for name in ("calls", "time", "share"))
    columns: tuple[Column | str, ...] = ("kernel", "of", *numbers)
    return Table(
        f"Kernels{of}",
        columns,
        rows,
        note=_left_out(len(profile.kernels))
        + f"By the profiler of LiteRT's runtime, in {profile.runs} runs, which it slows down to "
        f"{time_text(profile.run_s)}.",
    )


def _layer_table(profile: KernelProfile, of: str) -> Table:
    rows = [
        (each.layer or "(none)", time_text(each.seconds), _percent(each.share))
        for each in profile.layers[:MOST_ROWS]
    ]
    columns = ("layer", Column("time", numeric=True), Column("share", numeric=True))
    note = "By the order of kernels and operators, and the operators' names."
    return Table(f"Layers{of}", columns, rows, note=_left_out(len(profile.layers)) + note)


def _left_out(count: int) -> str:
    return f"{count - MOST_ROWS} more with less. " if count > MOST_ROWS else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
